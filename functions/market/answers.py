"""What the HTTP functions of market answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.market.candles.closed import Source
from functions.market.candles.freshness import Freshness, Stale, freshness, ticker_freshness
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RefreshedUniverse, RepairReport
from functions.market.universe import RankedSymbol, Ticker, tradable


class FreshnessState(BaseModel):
    """Fresh with an age, or stale with the sentence that says why."""

    fresh: bool
    age_seconds: float | None = None
    candles_late: int | None = None
    reason: str = ""

    @classmethod
    def of(cls, judged: Freshness) -> Self:
        """Return a judgement."""
        if isinstance(judged, Stale):
            return cls(fresh=False, candles_late=judged.late, reason=judged.reason)
        return cls(fresh=True, age_seconds=judged.age.total_seconds())


class UniverseTaken(BaseModel):
    """A ranking that was just taken."""

    taken_at: datetime
    pairs: int
    tradable: int
    listed: list[str]
    delisted: list[str]
    unknown_kinds: dict[str, int]  # kinds of pairs that nobody has judged yet, and how many pairs: none of them is watched

    @classmethod
    def of(cls, taken: RefreshedUniverse) -> Self:
        """Return a ranking in figures."""
        return cls(
            taken_at=taken.taken_at,
            pairs=len(taken.ranked),
            tradable=sum(tradable(pair.instrument) for pair in taken.ranked),
            listed=taken.listed,
            delisted=taken.delisted,
            unknown_kinds=dict(taken.unknown_kinds),
        )


class UniversePair(BaseModel):
    """One pair of a day's ranking; sizes in the coins' own units, turnover in the quote coin."""

    day: date
    rank: int
    symbol: str
    base: str
    status: str
    tick_size: Decimal
    lot_size: Decimal
    turnover_24h: float
    tradable: bool

    @classmethod
    def of(cls, day: date, ranked: RankedSymbol) -> Self:
        """Return a ranked pair."""
        instrument = ranked.instrument
        return cls(
            day=day,
            rank=ranked.rank,
            symbol=instrument.symbol,
            base=instrument.base,
            status=instrument.status,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
            turnover_24h=ranked.turnover,
            tradable=tradable(instrument),
        )


class RepairDone(BaseModel):
    """Gaps and candles by what became of them; `busy` when another part loads or repairs just now, and nothing was done here.

    `gaps_denied` stay open until the exchange has denied their candles once more, ten minutes later.
    """

    busy: bool = False
    gaps_filled: int
    gaps_absent: int
    gaps_denied: int
    gaps_failed: int
    candles_added: int
    candles_revised: int
    last_error: str

    @classmethod
    def of(cls, report: RepairReport) -> Self:
        """Return a report."""
        return cls(
            gaps_filled=report.filled,
            gaps_absent=report.absent,
            gaps_denied=report.denied,
            gaps_failed=report.failed,
            candles_added=report.added,
            candles_revised=report.revised,
            last_error=report.last_error,
        )


class GapRow(BaseModel):
    """A row of the ledger; both open times belong to the gap."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    symbol: str
    timeframe: Timeframe
    first_open_time: datetime
    last_open_time: datetime
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    resolution: Literal["filled", "absent"] | None
    attempts: int
    denials: int
    last_error: str | None


class RevisionRow(BaseModel):
    """Values of a candle that REST has replaced, beside those that hold now."""

    symbol: str
    timeframe: Timeframe
    open_time: datetime
    revised_at: datetime
    source: Source
    open: float
    high: float
    low: float
    close: float
    volume: float
    close_now: float | None
    volume_now: float | None


class TimeframeState(BaseModel):
    """How much there is of a timeframe, and which watched pairs are stale in it."""

    timeframe: Timeframe
    candles: int
    newest_close: datetime | None
    open_gaps: int
    stale: list[str]


class MarketState(BaseModel):
    """What state market data is in at a moment."""

    as_of: datetime
    watched: int
    timeframes: list[TimeframeState]
    stale_prices: int
    gaps: dict[str, int]


class RetentionDone(BaseModel):
    """How many rows went."""

    candles: dict[str, int] = Field(description="by timeframe")
    ledger: int = Field(description="of everything else")
    kinds: dict[str, int] = Field(description="of everything else, by kind")


class CandleRow(BaseModel):
    """One closed candle."""

    open_time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float | None
    source: Source


class CandleSeries(BaseModel):
    """One pair's newest closed candles, oldest first."""

    symbol: str
    timeframe: Timeframe
    freshness: FreshnessState
    candles: list[CandleRow]

    @classmethod
    def of(cls, symbol: str, timeframe: Timeframe, as_of: datetime, candles: list[CandleRow]) -> Self:
        """Return a series judged at a moment."""
        last = candles[-1].open_time + timeframe.span if candles else None
        judged = freshness([symbol], [last], timeframe, as_of)[0]
        return cls(symbol=symbol, timeframe=timeframe, freshness=FreshnessState.of(judged), candles=candles)


class TickerRow(BaseModel):
    """A latest price and its last 24 hours; `change_24h` is a fraction, volume in the base and turnover in the quote coin.

    `bid` and `ask` are read every 20 s and left out when they are older than 60 s.
    """

    symbol: str
    price: float
    bid: float | None
    ask: float | None
    high_24h: float
    low_24h: float
    volume_24h: float
    turnover_24h: float
    change_24h: float
    exchange_time: datetime
    freshness: FreshnessState

    @classmethod
    def of(cls, ticker: Ticker, as_of: datetime) -> Self:
        """Return a ticker judged at a moment."""
        return cls(
            symbol=ticker.symbol,
            price=ticker.price,
            bid=ticker.bid,
            ask=ticker.ask,
            high_24h=ticker.high,
            low_24h=ticker.low,
            volume_24h=ticker.volume,
            turnover_24h=ticker.turnover,
            change_24h=ticker.change,
            exchange_time=ticker.exchange_time,
            freshness=FreshnessState.of(ticker_freshness(ticker.symbol, ticker.exchange_time, as_of)),
        )
