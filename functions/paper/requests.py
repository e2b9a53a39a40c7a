"""What may be asked of the paper functions."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints, model_validator

from functions.moments import AsOf
from functions.paper.settling.exact import plain
from functions.paper.settling.position import Side

Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{2,30}$", to_upper=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
Chat = Annotated[int, Field(ge=-(2**62), le=2**62)]
# Values are written in one way, so that "100" and "100.0" are the same request.
Money = Annotated[
    Decimal, Field(gt=0, max_digits=30, decimal_places=15), PlainSerializer(plain, return_type=str, when_used="json")
]

Fraction = Annotated[Decimal, Field(gt=0, le=1, max_digits=12), PlainSerializer(plain, return_type=str, when_used="json")]


class OpenRequest(BaseModel):
    """A trade to open at the latest price."""

    request_id: Key = Field(description="the caller's key: the same key is the same request and gets the same answer")
    symbol: Symbol
    side: Side
    notional: Money | None = Field(
        default=None,
        description="USDT to put in, lots round it down; without it the size is what the stop may lose, RISK_PERCENT of equity",
    )
    stop: Money | None = None
    targets: Annotated[list[Money], Field(max_length=3)] = []
    source: Literal["manual", "signal"] = "manual"
    signal_id: Annotated[int, Field(ge=1, le=2**62)] | None = Field(default=None, description="the signal that it follows")
    chat: Chat | None = Field(default=None, description="who asks; it is told at once")
    as_of: AsOf = None

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.notional is None and self.stop is None:
            raise ValueError("expected a notional, or a stop that the size follows from")
        return self


class CloseRequest(BaseModel):
    """A trade to close, by its id or by its symbol: a symbol has at most one open trade."""

    request_id: Key = Field(description="the caller's key: the same key is the same request and gets the same answer")
    symbol: Symbol | None = None
    trade_id: Annotated[int, Field(ge=1, le=2**62)] | None = None
    price: Money | None = Field(default=None, description="the price it was closed at; the latest price without one")
    fraction: Fraction = Decimal(1)
    chat: Chat | None = Field(default=None, description="who asks; it is told at once")
    as_of: AsOf = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.symbol is None) == (self.trade_id is None):
            raise ValueError("expected a symbol or a trade_id, one of them")
        return self


class FollowRequest(BaseModel):
    """Which moment to open trades at."""

    as_of: AsOf = None


class SettleRequest(BaseModel):
    """Which trades to settle, and at which moment."""

    symbols: Annotated[list[Symbol], Field(max_length=2000)] | None = Field(
        default=None, description="trades of these pairs alone, and of accounts with an order there that was touched"
    )
    as_of: AsOf = None
