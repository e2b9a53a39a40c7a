"""The accounts beside each other and beside BTC: what each is worth, what it booked, and how its equity changed.

Two figures are never mixed: what was booked is the profit of closed parts after all fees; the change of equity holds the open
trades at their prices, too. All of it follows from fills and candles, so any moment can be asked for, at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.paper.answers import Amount
from functions.paper.events import percent
from functions.paper.marks import EquityMark, TradeHistory, mark
from functions.paper.settling.exact import exact
from functions.paper.settling.position import FillReason, Side

Closes = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """An account that has begun: its rows' id, its name, USDT it began with, and when."""

    id: int
    name: str
    start: Decimal
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked in a stretch of time: trades opened, closed and won; profit of all fills after fees, and the fees."""

    opened: int
    closed: int
    won: int
    profit: Decimal
    fees: Decimal


class AccountReport(BaseModel):
    """One account in a stretch of time."""

    name: str = Field(description="desk, manual, technical, watch_list, random, dips or core")
    shadow: bool = Field(description="it is there to be compared with; nobody trades it")
    start: Amount = Field(description="USDT it began with")
    opened_at: AwareDatetime
    equity: Amount = Field(description="at the end; open trades at the newest closes")
    return_pct: float = Field(description="equity against the start, percent")
    equity_before: Amount = Field(description="at the beginning of the stretch")
    change: Amount = Field(description="of equity in the stretch, open trades included")
    change_pct: float
    booked: Amount = Field(description="profit of what was closed in the stretch, after all fees of it")
    fees: Amount
    opened: int = Field(description="trades")
    closed: int = Field(description="trades that ended")
    won: int = Field(description="those of them that earned after all fees")
    open: int = Field(description="trades that are open at the end")
    unpriced: list[str] = Field(description="pairs whose trades stand at their cost because no close is known")


class HeldBeside(BaseModel):
    """A coin that was bought when the first account began, and held."""

    symbol: str
    since: AwareDatetime
    price: Amount | None = Field(description="newest close; empty while none is known")
    change_pct: float | None = Field(description="in the stretch")
    return_pct: float | None = Field(description="since the first account began")

    @classmethod
    def of(cls, symbol: str, since: datetime, first: Decimal | None, before: Decimal | None, now: Decimal | None) -> Self:
        """Return it from the prices when the first account began, at the beginning of the stretch, and at its end."""

        def gained(then: Decimal | None) -> float | None:
            return None if then is None or now is None else percent(now - then, then)

        return cls(symbol=symbol, since=since, price=now, change_pct=gained(before), return_pct=gained(first))


class OpenAt(BaseModel):
    """A trade that was open at a moment, at the newest close then."""

    account: str
    symbol: str
    side: Side
    opened_at: AwareDatetime
    entry: Amount
    quantity: Amount = Field(description="held then")
    cost: Amount = Field(description="of what was held, without fees")
    price: Amount | None = Field(description="empty when no close was known")
    unrealised: Amount = Field(description="at that price, before the costs of closing")
    unrealised_pct: float


class AccountsReport(BaseModel):
    """Every account that has begun beside the others and BTC, from `since` up to `as_of`."""

    as_of: AwareDatetime
    since: AwareDatetime
    last_fill: int = Field(description="id of the newest fill it tells; the next one tells the fills after it")
    accounts: list[AccountReport]
    held: HeldBeside
    priced_at: AwareDatetime | None = Field(
        description="the newest closes of what is held and of the coin beside it: when the oldest of them was; empty without one"
    )
    open: list[OpenAt] = Field(description="of the accounts that are no shadows")


class EquityPoint(BaseModel):
    """What an account was worth at a moment."""

    at: AwareDatetime
    equity: Amount
    unpriced: list[str]

    @classmethod
    def of(cls, at: datetime, found: EquityMark) -> Self:
        """Return a mark as it is answered."""
        return cls(at=at, equity=found.equity, unpriced=list(found.unpriced))


class AccountCurve(BaseModel):
    """An account's equity at each UTC midnight since it began, and now."""

    name: str
    shadow: bool
    start: Amount
    opened_at: AwareDatetime
    points: list[EquityPoint]


class PricePoint(BaseModel):
    """The price of the coin that is held beside the accounts."""

    at: AwareDatetime
    price: Amount


class EquityCurves(BaseModel):
    """The accounts' equity beside the price of BTC at the same moments; no day lacks, whatever was down."""

    as_of: AwareDatetime
    accounts: list[AccountCurve]
    symbol: str
    prices: list[PricePoint]


@exact
def account_report(
    account: OpenedAccount,
    trades: Sequence[TradeHistory],
    *,
    shadow: bool,
    closes: tuple[Closes, Closes],
    span: tuple[datetime, datetime],
    booked: Booked,
    before: Decimal = Decimal(0),
) -> AccountReport:
    """Return the figures of one account.

    Args:
        account: that has begun.
        trades: all of it that were opened by the end.
        shadow: it is there to be compared with.
        closes: newest closes at the beginning and at the end.
        span: the beginning and the end.
        booked: between them.
        before: what trades that are not given earned before the beginning.
    """
    start = account.start + before
    then, now = (mark(start, trades, known, moment) for known, moment in zip(closes, span, strict=True))
    return AccountReport(
        name=account.name,
        shadow=shadow,
        start=account.start,
        opened_at=account.opened_at,
        equity=now.equity,
        return_pct=percent(now.equity - account.start, account.start),
        equity_before=then.equity,
        change=now.equity - then.equity,
        change_pct=percent(now.equity - then.equity, then.equity),
        booked=booked.profit,
        fees=booked.fees,
        opened=booked.opened,
        closed=booked.closed,
        won=booked.won,
        open=sum(bool(trade.quantity_at(span[1])) for trade in trades),
        unpriced=list(now.unpriced),
    )


@exact
def open_at(account: str, trades: Sequence[TradeHistory], closes: Closes, moment: datetime) -> list[OpenAt]:
    """Return the trades that were open at a moment, oldest first."""
    found = []
    for trade in trades:
        quantity = trade.quantity_at(moment)
        if quantity:
            price, cost = trade.price_at(moment, closes), trade.entry * quantity
            unrealised = Decimal(0) if price is None else (price - trade.entry) * trade.side.sign * quantity
            found.append(
                OpenAt(
                    account=account,
                    symbol=trade.symbol,
                    side=trade.side,
                    opened_at=next(fill.at for fill in trade.fills if fill.reason is FillReason.ENTRY),
                    entry=trade.entry,
                    quantity=quantity,
                    cost=cost,
                    price=price,
                    unrealised=unrealised,
                    unrealised_pct=percent(unrealised, cost),
                )
            )
    return found
