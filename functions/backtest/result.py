"""What one backtest gives: accounts with their trades and daily equity, benchmarks, settings and hashes. Plain values.

    for account in result.accounts:
        account.name, account.equity[-1], [trade.r for trade in account.closed]
    result.desk.refusals  # how many orders each limit refused

Every report, table and metric is made of these values alone, so a stored run is shown again without its candles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Fill, FillReason, Side

SIGNALS, SETUPS = "signals", "technical"  # what the desk of a run trades, and kinds of `SignalRate`
DIPS, CORE = "dips", "core"  # what a run trades that has no desk: its first account is of this name


@dataclass(frozen=True, slots=True)
class BacktestTrade:
    """One trade of one account.

    Args:
        number: place among the trades of its account, from 1 on, in order of entry.
        said_at: close that the signal stands on.
        opened_at: time of the entry's fill.
        closed_at: time of the last exit; None while it is open when the run ends.
        entry: price of the entry's fill.
        stop, targets: as they were at the entry.
        quantity: at the entry.
        fills: every fill in order of time, the entry first.
        profit: after all fees; of an open trade what was booked so far.
        fees: of all fills.
        risk: distance from entry to stop x quantity, USDT.
        reason: of the last exit; None while it is open.
        regime: what the gate allowed at the signal, +1, -1 or 0; None while it was unknown.
        score: 0..100 at the signal; None when nothing was known.
        confidence: 0..1 of the score at the signal.
        points: by which each factor that was known moved the score from 50.
        unseen: 5m candles that passed over it without having been seen.
    """

    number: int
    symbol: str
    side: Side
    timeframe: Timeframe
    said_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    entry: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]
    quantity: Decimal
    fills: tuple[Fill, ...]
    profit: Decimal
    fees: Decimal
    risk: Decimal
    reason: FillReason | None
    regime: int | None
    score: float | None
    confidence: float
    points: Mapping[Factor, float]
    unseen: int = 0

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing of it is held any more."""
        return self.closed_at is not None

    @property
    def r(self) -> float:
        """Return the profit after fees in units of the risk."""
        return float(self.profit / self.risk) if self.risk else 0.0


@dataclass(frozen=True, slots=True)
class AccountResult:
    """One account over the whole span.

    Args:
        name: `desk`, `technical`, `watch_list`, `random`, or what it stands for in a sweep.
        start: USDT it began with.
        equity: at each of `BacktestResult.days`, USDT.
        exposure: share of equity that open trades cost at each of these days, 0..1.
        trades: in order of entry, also those that are open in the end.
        offered: orders that were put to it.
        refusals: by code how many of them the limits refused; the first code of each counts.
    """

    name: str
    start: Decimal
    equity: tuple[Decimal, ...]
    exposure: tuple[float, ...]
    trades: tuple[BacktestTrade, ...]
    offered: int
    refusals: Mapping[str, int]

    @property
    def closed(self) -> tuple[BacktestTrade, ...]:
        """Return the trades that are over: those that trade metrics are made of."""
        return tuple(trade for trade in self.trades if trade.is_closed)


@dataclass(frozen=True, slots=True)
class SignalRate:
    """What became of every signal of a kind by itself, without an account: its rule is measured, not the luck of the slots.

    Args:
        kind: `signals`, or `technical` for every setup of the engine.
        count: of those whose time was up when the candles ended.
        lost: share of them that lost after costs, 0..1; 0 without any.
        mean_r: what they earned on average in units of their risk, after costs.
    """

    kind: str
    count: int
    lost: float
    mean_r: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Something to hold against an account: its worth at each of `BacktestResult.days`, 1 at the beginning.

    `name` is `btc` (bought and held) or `gated_basket` (equal weight, only while the gate allows longs).
    """

    name: str
    worth: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One figure of a sweep or an ablation: an account whose settings differ in one thing.

    `kind` is `cost` (basis points a side), `delay` (5m candles late), or `without` (a factor); `value` is which.
    """

    kind: str
    value: str
    account: AccountResult


@dataclass(frozen=True, slots=True)
class Prices:
    """Daily candles of a coin over the span, for charts: `[T]` each, open time in UTC; NaN where it has none."""

    days: tuple[datetime, ...]
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DataReport:
    """What the candles were like: how many there are, and how many lack of each symbol between its first and its last."""

    symbols: tuple[str, ...]
    first: datetime
    last: datetime
    candles: int
    gaps: Mapping[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hashes:
    """What a run can be told by: SHA-256 of its candles and readings, of the code, of its settings, and of what came out."""

    data: str
    code: str
    settings: str
    result: str


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """One backtest.

    Args:
        rules: `signals` or `technical`: which orders the desk took.
        since, until: the span that is traded.
        days: the beginning, every midnight UTC after it up to the end, and the end where that is no midnight.
        regime: what the gate allowed at each of `days`, +1, -1 or 0; None while it was unknown.
        accounts: the desk first.
        benchmarks: beside it.
        variants: sweeps and ablations; none unless asked for.
        rates: of signals, and of setups of the technical engine, each traded by itself for a week at most.
        setups: that the technical engine found.
        signals: that came of them.
        rejections: by code how many setups the score refused; the first code of each counts.
        settings: every number that the run depends on, as JSON has them.
        prices: daily candles of the coins that were traded, and of the gate's.
        data: what the candles were like.
        hashes: what the run can be told by.
    """

    rules: str
    since: datetime
    until: datetime
    days: tuple[datetime, ...]
    regime: tuple[int | None, ...]
    accounts: tuple[AccountResult, ...]
    benchmarks: tuple[Benchmark, ...]
    variants: tuple[Variant, ...]
    rates: tuple[SignalRate, ...]
    setups: int
    signals: int
    rejections: Mapping[str, int]
    settings: Mapping[str, object]
    prices: Mapping[str, Prices]
    data: DataReport
    hashes: Hashes

    @property
    def desk(self) -> AccountResult:
        """Return the account that the headline is about."""
        return self.accounts[0]

    def account(self, name: str) -> AccountResult | None:
        """Return an account by its name; None when the run has none of it."""
        return next((account for account in self.accounts if account.name == name), None)
