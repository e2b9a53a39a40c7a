"""HTTP functions of what the chain shows."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from functions.edge import Config, Database, moment
from functions.factors.answers import SourceReading
from functions.moments import AsOf, At
from functions.onchain import store
from functions.onchain.run import flows

router = APIRouter(prefix="/onchain", tags=["onchain"])


class ExchangeFlow(BaseModel):
    """What went to one exchange within 24 hours, or left it."""

    source: str
    exchange: str = Field(description="its name; issuers for stablecoins issued less taken back")
    asset: str = Field(description="stablecoins, all, or a coin")
    at: AwareDatetime
    unit: str = Field(description="of both amounts: USD, or the coin itself")
    net: Decimal = Field(description="in less out")
    balance: Decimal | None = Field(description="what is there; nothing where the source does not say")


class ChainFlows(BaseModel):
    """What every source says, the flows behind it, and which sources did not answer just now."""

    readings: list[SourceReading]
    flows: list[ExchangeFlow] = Field(description="of the last day, those in USD first, the largest first")
    errors: dict[str, str] = Field(default_factory=dict, description="one sentence for each source that failed just now")


@router.post("/flows/refresh")
def refresh_flows(settings: Config, database: Database, request: At | None = None) -> ChainFlows:
    """Ask what flows to exchanges and how many stablecoins there are; a source that fails is named and stays as it was."""
    at = moment(request.as_of if request else None, settings)
    failed = flows.refresh(settings, database, at)
    answer = read_flows(settings, database, at)
    answer.errors = {name: error for name, error in failed.items() if error}
    return answer


@router.post("/keyed/refresh")
def refresh_keyed(settings: Config, database: Database, request: At | None = None) -> ChainFlows:
    """Ask the sources that have a key, CryptoQuant and Dune; without one none is asked, and nothing is an error."""
    at = moment(request.as_of if request else None, settings)
    failed = flows.refresh(settings, database, at, keyed=True)
    answer = read_flows(settings, database, at)
    answer.errors = {name: error for name, error in failed.items() if error}
    return answer


@router.get("/flows")
def read_flows(settings: Config, database: Database, as_of: AsOf = None) -> ChainFlows:
    """Return what each source said last, with its age and the flows behind it."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        readings = flows.newest(settings, connection, at)
        rows = store.newest_flows(connection, at)
    return ChainFlows(
        readings=[SourceReading.of(reading, at) for reading in readings],
        flows=[ExchangeFlow.model_validate(row) for row in rows],
    )
