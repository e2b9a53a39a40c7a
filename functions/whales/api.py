"""HTTP functions of large transactions."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from functions.edge import Config, Database, moment
from functions.moments import AsOf, At
from functions.strangers import Whole
from functions.whales import store
from functions.whales.activity import activities
from functions.whales.flow import Flow, daily_flows
from functions.whales.rules import WhaleRules
from functions.whales.run.flows import add_up, day_back, last_end
from functions.whales.run.refresh import refresh
from functions.whales.transaction import WRAPPED, Kind

router = APIRouter(prefix="/whales", tags=["whales"])
Coin = Annotated[str | None, Query(max_length=20, pattern=r"^[A-Z0-9]+$", description="e.g. BTC")]
Word = Annotated[str, BeforeValidator(Whole(200)), Field(min_length=1)]


class WhaleRead(BaseModel):
    """What one read came to."""

    as_of: AwareDatetime
    configured: bool = Field(description="whether one of the feeds has a key; without one nothing is asked")
    new: int = Field(description="transactions that the REST feed brought")
    told: int = Field(description="alerts that are new")
    flows: int = Field(description="hours with a flow that is new or revised")
    errors: dict[str, str] = Field(description="one sentence for each feed that failed just now")


class WhaleTransaction(BaseModel):
    """One large transfer, by the labels known now."""

    blockchain: str
    hash: str
    at: AwareDatetime
    asset: str
    amount: Decimal
    amount_usd: Decimal
    action: str
    kind: Kind
    sender: str = Field(description="owner; empty when unknown")
    sender_address: str
    recipient: str
    recipient_address: str


class WhaleFlow(BaseModel):
    """What moved of one coin in an hour or a day, USD."""

    coin: str
    since: AwareDatetime
    inflow_usd: Decimal
    outflow_usd: Decimal
    net_usd: Decimal = Field(description="in less out; moves within and between exchanges are in neither")
    internal_usd: Decimal
    cross_usd: Decimal
    other_usd: Decimal
    transactions: int


class RevisedFlow(BaseModel):
    """A flow as it was before labels or late transactions changed it."""

    coin: str
    hour: AwareDatetime
    seen_at: AwareDatetime
    revised_at: AwareDatetime
    inflow_usd: Decimal
    outflow_usd: Decimal
    net_usd: Decimal


class WhaleFlows(BaseModel):
    """Flows, the newest first, and what they were before they were revised."""

    flows: list[WhaleFlow]
    revised: list[RevisedFlow]


class WhaleActivity(BaseModel):
    """How busy whales were in a coin within 24 hours."""

    coin: str
    moved_usd: Decimal
    transactions: int
    score: float | None = Field(
        description="0 to 100: share of the days before on which less moved; nothing with fewer than 7 days"
    )
    days: int


class AddressLabel(BaseModel):
    """Who owns an address; an empty owner for nobody that is known."""

    blockchain: Word
    address: Word
    owner: Annotated[str, BeforeValidator(Whole(60))] = ""
    owner_type: Annotated[str, BeforeValidator(Whole(40))] = Field(default="exchange", description="exchange, or another word")


class Labels(At):
    """Labels by a person's word; no feed overrides them."""

    labels: list[AddressLabel] = Field(max_length=10_000)


class Relabelled(BaseModel):
    """What new labels changed."""

    labels: int
    flows: int = Field(description="hours whose flow was added up anew and differs")


@router.post("/refresh")
def refresh_whales(settings: Config, database: Database, request: At | None = None) -> WhaleRead:
    """Read what is new, tell the largest, add the flows up; without a key do nothing."""
    at = moment(request.as_of if request else None, settings)
    outcome = refresh(settings, database, at)
    return WhaleRead(
        as_of=at,
        configured=outcome.configured,
        new=outcome.new,
        told=outcome.told,
        flows=outcome.flows,
        errors=outcome.errors,
    )


@router.get("/transactions")
def read_transactions(
    settings: Config,
    database: Database,
    coin: Coin = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    as_of: AsOf = None,
) -> list[WhaleTransaction]:
    """Return the newest large transactions."""
    at = moment(as_of, settings)
    names = [coin, *(name for name, whole in WRAPPED.items() if whole == coin)] if coin else []
    with database.connect() as connection:
        rows = store.newest_transactions(connection, names, limit, at)
    return [
        WhaleTransaction(
            blockchain=one.blockchain,
            hash=one.hash,
            at=one.at,
            asset=one.asset,
            amount=one.amount,
            amount_usd=one.amount_usd,
            action=one.action,
            kind=one.kind,
            sender=one.sender.owner,
            sender_address=one.sender.address,
            recipient=one.recipient.owner,
            recipient_address=one.recipient.address,
        )
        for one in rows
    ]


@router.get("/flows")
def read_flows(
    settings: Config,
    database: Database,
    by: Annotated[Literal["hour", "day"], Query()] = "hour",
    coin: Coin = None,
    hours: Annotated[int, Query(ge=1, le=24 * 90)] = 24,
    as_of: AsOf = None,
) -> WhaleFlows:
    """Return the flows of the hours before `as_of` that are over, by hour or UTC day, as known then."""
    at = moment(as_of, settings)
    end = last_end(at, WhaleRules())
    with database.connect() as connection:
        flows = store.flows_between(connection, end - timedelta(hours=hours), end, at)
        revised = store.revisions_between(connection, end - timedelta(hours=hours), end, at)
    shown = daily_flows(flows) if by == "day" else flows
    return WhaleFlows(
        flows=[_flow(flow) for flow in reversed(shown) if coin in (None, flow.coin)],
        revised=[RevisedFlow.model_validate(row) for row in revised if coin in (None, row["coin"])],
    )


@router.get("/activity")
def read_activity(settings: Config, database: Database, as_of: AsOf = None) -> list[WhaleActivity]:
    """Return how busy whales were in each coin within the last 24 hours, beside the 30 days before."""
    at, rules = moment(as_of, settings), WhaleRules()
    with database.connect() as connection:
        flows = store.flows_between(connection, day_back(at, rules), last_end(at, rules), at)
    return [WhaleActivity.model_validate(one, from_attributes=True) for one in activities(flows, last_end(at, rules), rules)]


@router.post("/labels")
def revise_labels(labels: Labels, settings: Config, database: Database) -> Relabelled:
    """Write who owns addresses, and add up every flow anew that they are part of; the flows before are marked as revised."""
    at = moment(labels.as_of, settings)
    named = [
        store.Label(one.blockchain.lower(), one.address, one.owner.lower(), one.owner_type.lower() or "unknown")
        for one in labels.labels
    ]
    with database.begin() as connection:
        changed = store.revise_labels(connection, named, at)
        hours = store.hours_of_labels(connection, at, at)
        return Relabelled(labels=changed, flows=add_up(connection, at, WhaleRules(), hours, alive=False))


def _flow(flow: Flow) -> WhaleFlow:
    return WhaleFlow(
        coin=flow.coin,
        since=flow.since,
        inflow_usd=flow.inflow,
        outflow_usd=flow.outflow,
        net_usd=flow.net,
        internal_usd=flow.internal,
        cross_usd=flow.cross,
        other_usd=flow.other,
        transactions=flow.transactions,
    )
