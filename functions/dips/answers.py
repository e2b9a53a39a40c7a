"""What HTTP answers of dip orders; `DipEvening` is also the payload of the alert `dip_evening`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from functions.paper.answers import Amount

Code = Literal["orders", "gate_closed", "btc_weak", "gate_unknown", "no_coin", "too_late"]


class DipOrderRow(BaseModel):
    """One order: where it waits, how far that is, and where its trade would end."""

    id: int
    symbol: str
    limit: Amount
    distance: float = Field(description="of the limit from the close, a fraction, below 0")
    stop: Amount
    targets: list[Amount]
    size: float = Field(description="USDT that it would take of the account, about")
    desk: bool = Field(description="the desk's own account had it placed, too: it passes score, filters and consensus")


class EndedOrderRow(BaseModel):
    """An order that has ended."""

    symbol: str
    day: AwareDatetime = Field(description="daily close that it stood on")
    limit: Amount
    state: Literal["filled", "expired", "cancelled"]
    code: str | None = Field(description="why it was cancelled")
    ended_at: AwareDatetime


class DipEvening(BaseModel):
    """What the placing after a daily close found."""

    day: AwareDatetime = Field(description="the daily close")
    code: Code = Field(description="`orders`, or why there is none")
    strength: float | None = Field(description="what Bitcoin gained in 30 days, a fraction; empty while it is not known")
    needed: float = Field(description="what it needs")
    orders: list[DipOrderRow] = Field(description="the nearest first")
    refused: dict[str, int] = Field(description="orders that the desk did not place, by the first check that they failed")


class DipsPlaced(BaseModel):
    """What a placing did; run again it does nothing."""

    as_of: AwareDatetime
    placed: bool = Field(description="this call did it")
    waiting: str | None = Field(default=None, description="what the placing waits for")
    evening: DipEvening | None


class Dips(BaseModel):
    """The orders of now, and those that ended last."""

    as_of: AwareDatetime
    evening: DipEvening | None = Field(description="the newest; its orders are those that still wait")
    ended: Annotated[list[EndedOrderRow], Field(description="the newest first; expired ones are left out")]
    fill_days: int = Field(description="days with a fill so far: fills of one day count as one, for they come together")
