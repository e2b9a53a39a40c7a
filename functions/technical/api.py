"""HTTP functions of technical."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from prometheus_client import Gauge
from pydantic import BaseModel, Field

from functions.edge import Config, Database, known_by, moment
from functions.errors import InputRejected, NotFound
from functions.market.candles.freshness import Stale, candles_freshness
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.market.run.universe import watched_symbols
from functions.market.store import read_candles
from functions.moments import AsOf
from functions.pairs import Symbol
from functions.reasons import Why
from functions.technical.engine.span import WARM_UP
from functions.technical.run.coin import CoinView, coin_view
from functions.technical.run.scan import Scanner, ScanReport
from functions.technical.run.settings import rules_of
from functions.technical.run.turns import ScanTurns
from functions.technical.setups.setup import Setup
from functions.technical.setups.signal import Direction, Neutral

router = APIRouter(tags=["technical"])
INDICATORS_AT_ONCE = 20
CLOCK_BEHIND = 300.0  # seconds that our clock may be behind an announced close
ASKED = Gauge("quorum_scans_asked", "Requests for a scan that are not answered yet; those that wait share one scan")


def _candle_cache(request: Request) -> CandleCache:
    cache: CandleCache = request.app.state.candle_cache
    return cache


def _scan_turns(request: Request) -> ScanTurns:
    turns: ScanTurns = request.app.state.scan_turns
    return turns


Cache = Annotated[CandleCache, Depends(_candle_cache)]
Turns = Annotated[ScanTurns, Depends(_scan_turns)]


class ScanRequest(BaseModel):
    """Which moment and which timeframes."""

    as_of: AsOf = None
    timeframes: list[Timeframe] = Field(default_factory=lambda: list(Timeframe), min_length=1, max_length=5)


class Unscanned(BaseModel):
    """A symbol without a signal that something is wrong with."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    code: str
    reason: str

    @classmethod
    def of(cls, neutral: Neutral) -> "Unscanned":
        """Say why there is no signal."""
        return cls(
            symbol=neutral.symbol,
            timeframe=neutral.timeframe,
            close_time=neutral.close_time,
            code=neutral.reason.code.value,
            reason=neutral.reason.text,
        )


class SetupAnswer(BaseModel):
    """An entry that came, with the plan of its trade."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: Direction
    entry: Decimal
    stop: Decimal
    targets: list[Decimal]
    risk_reward: float
    cost: float = Field(description="round trip over the stop distance")
    range_ratio: float | None = Field(description="range of the last candles over its norm of a week")
    reasons: list[Why]
    expires_at: datetime

    @classmethod
    def of(cls, found: Setup) -> "SetupAnswer":
        """Turn a setup into the answer."""
        return cls(
            symbol=found.symbol,
            timeframe=found.timeframe,
            close_time=found.close_time,
            direction=found.direction,
            entry=found.plan.entry,
            stop=found.plan.stop,
            targets=list(found.plan.targets),
            risk_reward=found.plan.risk_reward,
            cost=found.cost,
            range_ratio=found.range_ratio,
            reasons=[Why.model_validate(why.as_json()) for why in found.reasons],
            expires_at=found.expires_at,
        )


class ScanAnswer(BaseModel):
    """What one scan did."""

    as_of: datetime
    closes: dict[Timeframe, int] = Field(description="closes of each timeframe that had something to do")
    states: int = Field(description="symbol closes scanned")
    setups: list[SetupAnswer] = Field(description="what was found; scoring says which of it is a signal")
    failed: list[Unscanned] = Field(description="scanned, but their data allow no answer")
    waiting: list[Unscanned] = Field(description="left for a later scan: a candle they need is on its way")
    late: list[Unscanned] = Field(description="watched symbols without a candle at the newest close")

    @classmethod
    def of(cls, report: ScanReport) -> "ScanAnswer":
        """Turn a report into the answer."""
        return cls(
            as_of=report.as_of,
            closes=report.closes,
            states=report.states,
            setups=[SetupAnswer.of(setup) for setup in report.setups],
            failed=[Unscanned.of(neutral) for neutral in report.failed],
            waiting=[Unscanned.of(neutral) for neutral in report.waiting],
            late=[Unscanned.of(neutral) for neutral in report.late],
        )


@router.post("/technical/scan")
def scan(
    request: ScanRequest,
    database: Database,
    cache: Cache,
    turns: Turns,
    settings: Config,
    close_time: Annotated[
        AsOf, Query(description="a close that the collector announced: it is over, whatever our clock says")
    ] = None,
) -> ScanAnswer:
    """Scan every close that is not processed yet, and leave what it found to scoring; harmless to repeat.

    Requests without `as_of` that come while a scan runs share the next one, with the timeframes and the newest moment of all.
    """
    at = moment(request.as_of, settings)
    if close_time is not None:
        ahead = settings.clock.wall_seconds(close_time - at)
        if ahead > CLOCK_BEHIND:
            raise InputRejected(
                "close_ahead",
                f"expected a close that is over, got {close_time.isoformat()}, {ahead:.0f} s after {at.isoformat()}:"
                " set this machine's clock if it is behind",
            )
        at = max(at, close_time)

    def run(as_of: datetime, timeframes: frozenset[Timeframe]) -> ScanReport:
        with database.connect() as connection:
            watched = watched_symbols(connection, settings, as_of)
        return Scanner(database, cache, rules_of(settings)).run(as_of, timeframes, watched)

    take_turn = turns.shared if request.as_of is None else turns.alone
    with ASKED.track_inprogress():
        return ScanAnswer.of(take_turn(at, frozenset(request.timeframes), run))


@router.get("/technical/{symbol}")
def technical(symbol: Symbol, database: Database, settings: Config, as_of: AsOf = None) -> CoinView:
    """Show what is known about a symbol: each timeframe's state and its age, the gate, and the signal that is alive."""
    with database.connect() as connection:
        at = moment(as_of, settings)
        return coin_view(connection, symbol, at, rules_of(settings), known_by(as_of, settings))


class IndicatorsAnswer(BaseModel):
    """The newest values of the asked indicators."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    fresh: bool
    reason: str | None = Field(description="how late the candles are, when they are")
    indicators: dict[str, dict[str, float | None]]
    failed: dict[str, str] = Field(description="indicators that these candles do not allow, and why")


@router.get("/indicators/{symbol}")
def indicators(
    symbol: Symbol,
    names: Annotated[str, Query(max_length=500, examples=["supertrend,adx"], description="pandas-ta names, separated by commas")],
    database: Database,
    settings: Config,
    timeframe: Timeframe = Timeframe.H1,
    as_of: AsOf = None,
) -> IndicatorsAnswer:
    """Compute any indicators of pandas-ta at the newest closed candle of a symbol."""
    from functions.technical.engine.adhoc import compute, frame_of  # with it come pandas and pandas-ta, half a second

    wanted = list(dict.fromkeys(name.strip().lower() for name in names.split(",") if name.strip()))
    if not 0 < len(wanted) <= INDICATORS_AT_ONCE:
        raise InputRejected("wrong_names", f"expected 1 to {INDICATORS_AT_ONCE} names separated by commas, got {len(wanted)}")
    at = moment(as_of, settings)
    candles = read_candles(database, timeframe, [symbol], at, WARM_UP, known_by(as_of, settings))
    frame = frame_of(candles, 0)
    if frame.empty:
        raise NotFound("no_candles", f"there are no {timeframe} candles of {symbol}")
    results = {name: compute(frame, name) for name in wanted}
    age = candles_freshness(candles, at)[0]
    return IndicatorsAnswer(
        symbol=symbol,
        timeframe=timeframe,
        close_time=frame.index[-1].to_pydatetime() + timeframe.span,
        fresh=not isinstance(age, Stale),
        reason=age.reason if isinstance(age, Stale) else None,
        indicators={name: result.values for name, result in results.items() if result.problem is None},
        failed={name: result.problem for name, result in results.items() if result.problem is not None},
    )
