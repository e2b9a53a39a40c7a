"""What the paper functions answer; `TradeOpened`, `TradeClosed` and `TradeHeld` are also the payloads of their alerts.

Amounts are strings in JSON, exact and without exponent: USDT, except quantities, which are in the base coin.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, PlainSerializer

from functions.paper.settling.exact import plain
from functions.paper.settling.position import FillReason, Side

Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]


class TradeOpened(BaseModel):
    """A trade was opened; the payload of the alert `trade_opened`."""

    account: str = Field(default="manual", description="desk or manual; a shadow tells nobody")
    trade_id: int
    symbol: str
    side: Side
    source: str = Field(description="manual, signal, or what a shadow trades")
    chat: str | None = Field(description="the chat that asked for it; a string, since ids exceed 32 bits")
    at: AwareDatetime
    price: Amount = Field(description="of the fill, slippage included")
    quantity: Amount
    cost: Amount = Field(description="price x quantity, without the fee")
    fee: Amount
    stop: Amount | None
    targets: list[Amount] = Field(description="none to three, nearest first")
    risk: Amount | None = Field(description="what the stop would lose, without costs; nothing without a stop")
    cash: Amount = Field(description="free after it")


class OrderFilled(BaseModel):
    """The market came down to a resting order; the payload of the alert `order_filled`."""

    account: str
    order_id: int
    trade_id: int
    symbol: str
    at: AwareDatetime
    price: Amount = Field(description="its limit")
    quantity: Amount
    cost: Amount = Field(description="price x quantity, without the fee")
    fee: Amount
    stop: Amount
    targets: list[Amount]
    risk: Amount = Field(description="what the stop would lose, without costs")
    leaves_at: AwareDatetime = Field(description="what is left is sold then")
    together: int = Field(description="fills of this day's orders so far, this one included: they come together")


class TradeHeld(BaseModel):
    """A trade that nothing settles until a person looks at it; the payload of the alert `trade_held`."""

    account: str = Field(default="manual", description="desk or manual; a shadow tells nobody")
    trade_id: int
    symbol: str
    side: Side
    chat: str | None = Field(description="the chat that opened it")
    why: Literal["price_jump", "failed"] = Field(description="its price cannot be believed, or its settlement failed")
    at: AwareDatetime = Field(description="when it began")
    last: Amount | None = Field(description="the last price that could be believed; nothing when its settlement failed")
    price: Amount | None = Field(description="the one after it")

    @property
    def text(self) -> str:
        """Return it in one sentence."""
        if self.last is None or self.price is None:
            return f"trade {self.trade_id} in {self.symbol} could not be settled"
        step = f"{self.symbol} went from {plain(self.last)} to {plain(self.price)} in one step, which no market does"
        return f"trade {self.trade_id} is held since {self.at:%d %b %H:%M} UTC: {step}"


class TradeClosed(BaseModel):
    """A trade was closed, wholly or in part; the payload of the alert `trade_closed`, one for each fill."""

    account: str = Field(default="manual", description="desk or manual; a shadow tells nobody")
    trade_id: int
    symbol: str
    side: Side
    source: str = Field(description="manual, signal, or what a shadow trades")
    chat: str | None = Field(description="the chat that opened it")
    asked_by: str | None = Field(description="the chat that asked for this fill; nothing for a stop or a target")
    reason: FillReason
    at: AwareDatetime
    opened_at: AwareDatetime
    entry: Amount
    price: Amount = Field(description="of the fill, slippage included")
    quantity: Amount = Field(description="closed by this fill")
    fee: Amount = Field(description="of this fill")
    profit: Amount = Field(description="of what this fill closed, before fees")
    remaining: Amount = Field(description="still held; 0 when the trade is over")
    final: bool = Field(description="the trade is over")
    named: bool = Field(default=False, description="a person named its price: no market fill")
    unseen: int = Field(
        default=0, description="5m candles of the trade that the exchange denied: what happened in them is not known"
    )
    stop: Amount | None = Field(description="that now stands; nothing when the trade is over or has none")
    trade_profit: Amount = Field(description="of all that is closed, after all fees of the trade so far")
    trade_profit_pct: float = Field(description="trade_profit in percent of the trade's cost")
    r: float | None = Field(description="trade_profit in units of the risk at the entry; nothing without a stop")
    cash: Amount = Field(description="free after it")


class Settled(BaseModel):
    """What a settlement did; run again at the same time it does nothing."""

    as_of: AwareDatetime
    trades: int = Field(description="open trades that were looked at")
    fills: list[TradeClosed]
    waiting: list[str] = Field(description="trades whose next candle is not there yet, one sentence each")
    held: list[str] = Field(description="trades whose price made a step that no market makes, one sentence each")
    failed: list[str] = Field(description="trades whose settlement failed, one sentence each; the others are settled")
    stopped: list[str] = Field(default=[], description="accounts whose ledger does not balance, one sentence each")
    orders: list[OrderFilled] = Field(default=[], description="resting orders that the market came down to")


class Followed(BaseModel):
    """What the accounts opened and refused; run again at the same time it does nothing."""

    as_of: AwareDatetime
    opened: list[TradeOpened]
    refused: dict[str, dict[str, int]] = Field(description="of each account how many ideas by the code of their first reason")
    waiting: list[str] = Field(description="what waits for a price, one sentence each")
    stopped: list[str] = Field(description="accounts whose ledger does not balance, one sentence each")


class AccountStopped(BaseModel):
    """An account stands still until a person looks; the payload of the alert `account_stopped`."""

    account: str
    at: AwareDatetime
    detail: str = Field(description="what does not hold")


class OpenTrade(BaseModel):
    """A trade that is open, at the latest price."""

    trade_id: int
    symbol: str
    side: Side
    source: str
    opened_at: AwareDatetime
    entry: Amount
    quantity: Amount = Field(description="still held")
    cost: Amount = Field(description="of what is still held, without fees")
    stop: Amount | None = Field(description="that stands now")
    targets: list[Amount] = Field(description="not reached yet")
    price: Amount | None = Field(description="latest price; nothing when there never was one")
    price_age_seconds: float | None
    stale: bool = Field(description="the price is older than 60 s, or there is none")
    held_at: AwareDatetime | None = Field(
        default=None, description="when its price made a step that no market makes; `price` is the last one before it"
    )
    unseen: int = Field(default=0, description="5m candles of it that the exchange denied: what happened in them is not known")
    unrealised: Amount = Field(description="at that price, before the costs of closing; 0 without a price")
    unrealised_pct: float = Field(description="in percent of the cost")


class ClosedTrade(BaseModel):
    """A trade that is over."""

    trade_id: int
    symbol: str
    side: Side
    source: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    entry: Amount
    exit: Amount = Field(description="mean price of the exits, weighted by quantity, rounded to 12 decimals")
    quantity: Amount
    profit: Amount = Field(description="after all fees")
    profit_pct: float = Field(description="in percent of the cost")
    r: float | None = Field(description="profit in units of the risk at the entry; nothing without a stop")
    reason: FillReason = Field(description="of the last fill")
    named: bool = Field(default=False, description="a part of it was closed at a price that a person named")
    unseen: int = Field(default=0, description="5m candles of it that the exchange denied")


class Account(BaseModel):
    """Where the money is: `equity = cash + positions + unrealised`."""

    start: Amount
    cash: Amount
    positions: Amount = Field(description="at cost")
    unrealised: Amount
    equity: Amount
    fees: Amount = Field(description="paid since the start")
    net_profit: Amount = Field(description="of all that is closed, after all fees since the start")
    return_pct: float = Field(description="equity against the start, percent")
    stale: list[str] = Field(description="symbols whose price is stale: equity is as old as they are")


class Portfolio(BaseModel):
    """The account, what is open, what was closed last."""

    as_of: AwareDatetime
    account: Account
    open: list[OpenTrade]
    closed: list[ClosedTrade] = Field(description="the last ones, newest first")
    closed_count: int = Field(description="trades whose every exit was at a price of the market")
    wins: int = Field(description="those of them that earned after all fees")
    win_rate: float | None = Field(description="wins / closed; nothing before the first closed trade")
    named_count: int = Field(description="closed trades with an exit at a price that a person named: in no rate")
    named_wins: int = Field(description="those of them that earned after all fees")


class Summary(BaseModel):
    """What happened from `since` up to `as_of`; `today` in the names below is that time."""

    as_of: AwareDatetime
    since: AwareDatetime
    account: Account
    open: list[OpenTrade]
    opened_today: int
    closed: list[ClosedTrade] = Field(description="trades that ended in it, newest first")
    wins_today: int
    profit_today: Amount = Field(description="of what was closed in it, less all fees of it")
    fees_today: Amount
    day_start_equity: Amount = Field(
        description="what the account was worth at `since`, from its fills and the candles closed by then"
    )
    day_change_pct: float
