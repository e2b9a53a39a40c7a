"""What may be asked of price alerts over HTTP, and what is answered."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from functions.levels.level import Direction
from functions.moments import AsOf
from functions.paper.requests import Chat, Money, Symbol
from functions.price_alerts.alert import PriceAlert

Percent = Annotated[Decimal, Field(gt=-100, le=1000, max_digits=12, decimal_places=6)]


class SetRequest(BaseModel):
    """An alert to set: at a price, or so many percent away from the latest one."""

    symbol: Symbol
    price: Money | None = None
    percent: Percent | None = Field(default=None, description="of the latest price; below zero is below it")
    direction: Direction | None = Field(default=None, description="which way the market comes to the price, if that matters")
    chat: Chat | None = Field(default=None, description="who is told; without it every allowed chat")
    as_of: AsOf = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.price is None) == (self.percent is None):
            raise ValueError("expected a price or a percent, one of them")
        if self.percent == 0:
            raise ValueError("expected a percent above or below 0")
        return self


class RemoveRequest(BaseModel):
    """An alert to remove."""

    alert_id: Annotated[int, Field(ge=1, le=2**62)]
    chat: Chat | None = Field(default=None, description="whose it is; without it, one for every allowed chat")
    as_of: AsOf = None


class CheckRequest(BaseModel):
    """Which alerts to check, and at which moment."""

    symbols: Annotated[list[Symbol], Field(max_length=2000)] | None = Field(default=None, description="these pairs alone")
    as_of: AsOf = None


class AlertShown(BaseModel):
    """An alert that waits, or waited."""

    alert_id: int
    chat: str | None
    symbol: str
    price: Decimal
    direction: Direction
    set_at: AwareDatetime
    set_price: Decimal = Field(description="the latest price when it was set")

    @classmethod
    def of(cls, alert: PriceAlert) -> Self:
        """Show an alert."""
        return cls(
            alert_id=alert.id,
            chat=None if alert.chat_id is None else str(alert.chat_id),
            symbol=alert.symbol,
            price=alert.price,
            direction=alert.direction,
            set_at=alert.set_at,
            set_price=alert.set_price,
        )


class AlertFired(AlertShown):
    """An alert that has fired."""

    at: AwareDatetime = Field(description="when the price was reached")
    told_at: AwareDatetime = Field(description="market time at which that was found")


class Alerts(BaseModel):
    """The alerts of a chat that wait."""

    as_of: AwareDatetime
    alerts: list[AlertShown]


class Checked(BaseModel):
    """What a check of alerts brought."""

    as_of: AwareDatetime
    pairs: int = Field(description="that an alert waits at")
    fired: list[AlertFired]
    doubted: int = Field(description="prices that no market makes, told of now")
    failed: list[str] = Field(description="pairs that could not be checked, with the reason; they are tried again")
