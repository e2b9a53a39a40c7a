"""What HTTP answers of the weekly allocation; `CoreWeek` is also the payload of the alert `core_week`."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from functions.paper.answers import Amount

Code = Literal["start", "week", "gate_opened", "gate_closed"]


class CoreShare(BaseModel):
    """Shares of equity, fractions; what is left is cash."""

    btc: float
    basket: float


class CoreWeek(BaseModel):
    """The newest setting of the shares, and the account since its beginning."""

    day: AwareDatetime = Field(description="daily close that the shares stand on")
    code: Code = Field(description="why they were set")
    gate: bool = Field(description="Bitcoin stands above both daily averages; nothing is invested while it does not")
    target: CoreShare
    before: CoreShare = Field(description="what the account held just before")
    coins: list[str] = Field(description="of the basket, equal parts")
    swing: float | None = Field(description="of the mix as it moved lately, a year's standard deviation, a fraction")
    traded: Amount = Field(description="USDT bought and sold")
    costs: Amount = Field(description="fees of it")
    left: list[str] = Field(description="pairs that could not be traded then: they stay as they were")
    since: AwareDatetime = Field(description="when the account began")
    equity: Amount
    earned: float = Field(description="since the account began, a fraction")
    drawdown: float = Field(description="deepest fall of its daily equity so far, a fraction")
    under: float = Field(description="how far it is under its high now, a fraction")
    promised: float = Field(description="drawdown that stays under this in every period measured")


class CoreSet(BaseModel):
    """What a call did; run again it does nothing."""

    as_of: AwareDatetime
    set: bool = Field(description="this call set the shares")
    waiting: str | None = Field(default=None, description="what the setting waits for")
    week: CoreWeek | None = Field(description="the newest")


class Core(BaseModel):
    """The allocation of now."""

    as_of: AwareDatetime
    week: CoreWeek | None = Field(description="the newest setting; nothing before the first")
    held: CoreShare = Field(description="what the account holds now, at the latest prices")
