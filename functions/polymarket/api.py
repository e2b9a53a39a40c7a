"""HTTP functions of the prediction markets."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from functions.edge import Config, Database, moment
from functions.moments import AsOf, At
from functions.polymarket import store
from functions.polymarket.rules import OddsRules
from functions.polymarket.run import odds

router = APIRouter(prefix="/polymarket", tags=["polymarket"])


class OddsRead(BaseModel):
    """What one read came to."""

    as_of: AwareDatetime
    markets: int = Field(description="that are followed and were listed")
    reads: int = Field(description="probabilities that are new")
    moves: int = Field(description="told just now")
    resolved: int = Field(description="markets whose outcome became known")
    unreadable: int = Field(description="entries that were left out")
    errors: dict[str, str] = Field(description="one sentence for each source that failed just now")


class MarketOdds(BaseModel):
    """What a market says."""

    event: str
    question: str
    outcome: str = Field(description="whose probability it is")
    symbol: str = Field(description="a pair, or MARKET")
    kind: str
    lean: int = Field(description="1 when it is good for the price, -1 when bad, 0 when neither can be said")
    probability: float | None = Field(description="0..1; nothing where an exclusive group is not whole")
    raw: float = Field(description="of the market alone")
    group_sum: float | None = Field(description="of the raw ones of an exclusive group")
    basis: str = Field(description="mid, last_trade or price")
    change: float | None = Field(description="of the probability over the last half to whole day")
    volume_24h: float = Field(description="USD")
    ends_at: AwareDatetime | None
    settling: bool
    winner: str | None = Field(description="the outcome that came true, once it is known")
    at: AwareDatetime
    age_seconds: float


@router.post("/odds/refresh")
def refresh_odds(settings: Config, database: Database, request: At | None = None) -> OddsRead:
    """Read the markets, keep the probabilities, tell moves and resolutions, hand the mood to the context factor."""
    at = moment(request.as_of if request else None, settings)
    outcome = odds.refresh(settings, database, at)
    return OddsRead(
        as_of=at,
        markets=outcome.markets,
        reads=outcome.reads,
        moves=outcome.moves,
        resolved=outcome.resolved,
        unreadable=outcome.unreadable,
        errors=outcome.errors,
    )


@router.get("/odds")
def read_odds(
    settings: Config,
    database: Database,
    symbol: Annotated[str | None, Query(max_length=30, pattern=r"^[A-Z0-9]+$", description="a pair, or MARKET")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    as_of: AsOf = None,
) -> list[MarketOdds]:
    """Return what each market said last within a day before `as_of`, the busiest first."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        rows = store.standing(connection, at, OddsRules().window, symbol=symbol, count=limit)
    answers = []
    for row in rows:
        known = row["probability"] is not None and row["day_before"] is not None
        row["change"] = row["probability"] - row["day_before"] if known else None
        answers.append(MarketOdds.model_validate({**row, "age_seconds": (at - row["at"]).total_seconds()}))
    return answers
