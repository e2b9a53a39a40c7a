"""The four panes of the dashboard as values. Every number has its own time; an age is the pane's moment less that time."""

from pydantic import AwareDatetime, BaseModel, Field

from functions.factors.answers import SourceReading
from functions.paper.report import AccountsReport, EquityCurves
from functions.performance.answers import FigureAnswer, ReadinessAnswer
from functions.scoring.answers import Gate, StandingSignal


class MarketRow(BaseModel):
    """One pair at a moment, by its closed candles of 15m and of 1d."""

    symbol: str
    price: float = Field(description="close of the newest candle")
    closed_at: AwareDatetime = Field(description="end of that candle")
    age_seconds: float
    change_24h: float | None = Field(description="fraction against the close 24 hours before; empty when there is none")
    turnover_24h: float = Field(description="volume x close of the candles of 24 hours, USDT")
    trend: int | None = Field(description="of 1d: 1 up, -1 down, 0 neither; empty while it is not known")
    strength: float | None = Field(description="of that trend, 0..1")
    score: float | None = Field(description="0..100, of the newest scored close")
    confidence: float | None
    scored_at: AwareDatetime | None
    closes: list[float] = Field(description="of each hour of the last day, oldest first")


class MarketPane(BaseModel):
    """The market: the gate, the mood, and the pairs with the largest turnover."""

    as_of: AwareDatetime
    gate: Gate
    moods: list[SourceReading] = Field(description="what was said last of the market as a whole")
    rows: list[MarketRow]


class SignalsPane(BaseModel):
    """The signals of a week, each as it stands, and why the others came to nothing."""

    as_of: AwareDatetime
    gate: Gate
    signals: list[StandingSignal] = Field(description="newest first")
    setups_24h: int
    rejected_24h: dict[str, int] = Field(description="by the first reason, most first")
    scored_to: AwareDatetime | None = Field(description="newest close that is scored")


class CandleShown(BaseModel):
    """One closed candle of a picture."""

    closed_at: AwareDatetime
    open: float
    high: float
    low: float
    close: float


class SignalPane(BaseModel):
    """One signal as it stands, and the candles round its close."""

    as_of: AwareDatetime
    signal: StandingSignal
    candles: list[CandleShown] = Field(description="of the signal's timeframe, closed by `as_of`, oldest first")


class ClosedRow(BaseModel):
    """A trade that is over."""

    account: str
    symbol: str
    side: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    entry: str
    profit: str = Field(description="after all fees, USDT")
    r: float | None = Field(description="profit in units of what the stop would have cost")


class PortfolioPane(BaseModel):
    """The accounts beside each other and beside Bitcoin, and the desk's figures."""

    as_of: AwareDatetime
    report: AccountsReport = Field(description="of the last 24 hours")
    curves: EquityCurves
    closed: list[ClosedRow] = Field(description="newest first, of the accounts that are no shadows")
    figures: list[FigureAnswer] = Field(description="of the desk's account; empty before its first whole day")


class PartRow(BaseModel):
    """One process."""

    part: str
    at: AwareDatetime = Field(description="its last heartbeat, wall time")
    age_seconds: float
    late: bool


class SourceRow(BaseModel):
    """One outside source."""

    source: str
    ok_at: AwareDatetime | None = Field(description="last success, wall time")
    age_seconds: float | None
    error: str = Field(description="of the newest failure since; empty when it answers")
    error_at: AwareDatetime | None
    successes: int | None = Field(description="so far; empty of a past that it has answered since")


class CandlesRow(BaseModel):
    """How far the candles of one timeframe reach."""

    timeframe: str
    closed_at: AwareDatetime
    age_seconds: float
    symbols: int
    late: bool = Field(description="the candle after it is over for more than a minute")


class Delivered(BaseModel):
    """What arrived in Telegram in the 24 hours before the look."""

    messages: int
    newest_at: AwareDatetime | None = Field(description="when the newest one arrived, wall time")
    age_seconds: float | None = Field(description="of that one")
    signals: int = Field(description="signals among them that are timed")
    median_seconds: float | None = Field(description="from the close of a signal's candle to its first message")
    p99_seconds: float | None = Field(description="the same, 99 of 100 came within it")


class Machine(BaseModel):
    """The machine, and the database on it, at the wall time of the look."""

    cpu_percent: float
    memory_percent: float
    database_bytes: int


class DataPane(BaseModel):
    """Where the numbers come from, and whether they come."""

    as_of: AwareDatetime
    parts: list[PartRow]
    sources: list[SourceRow]
    candles: list[CandlesRow]
    open_gaps: int
    revisions_24h: int = Field(description="candle values that the exchange changed afterwards")
    outbox: dict[str, int] = Field(description="deliveries by state")
    delivered: Delivered
    machine: Machine | None = Field(description="empty for a moment that is past")


Pane = MarketPane | SignalsPane | PortfolioPane | DataPane | ReadinessAnswer
