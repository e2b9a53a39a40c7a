"""Every setup of a span, with what the factors say at it: the live analysis, decisions and factors, whole arrays at a time.

The span is walked in stretches of closes, so that little is in memory at once. The values are those of the live desk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.arrays import BoolArray, BoolGrid, FloatArray, FloatGrid, IntArray, Milliseconds
from functions.backtest.history import MarketHistory
from functions.factors.history import FactorSource, ReadingColumns, ReadingGrid, as_of_join
from functions.factors.reading import Factor
from functions.factors.rules import FactorRules
from functions.factors.value import FactorValue
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.baseline import Field
from functions.scoring.factor_grids import FactorGrid, FactorGrids, factor_grids
from functions.scoring.filters import Setups
from functions.scoring.gate import regime
from functions.scoring.rules import ScoreRules
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.quality import Problem
from functions.technical.engine.span import LONGEST, STEP
from functions.technical.engine.week import week_before
from functions.technical.factors import MOVES, READING_LIFE, TRENDS, candle_factors, trend, usable
from functions.technical.setups.grids import decide
from functions.technical.setups.setup import setup_directions
from functions.technical.setups.standing import Standing, standing_at
from functions.technical.setups.verdict import DecidedCloses

STRETCHES = 4  # of closes that share their beginning, walked together
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FoundSetups:
    """Setups in the order in which the desk judges them: by close, 1h before 15m, then by symbol.

    Arrays are `[N]`, what the score judges `[N, 1]`.

    Args:
        row: of the symbol.
        said_at: close it stands on, ms UTC.
        hourly: it is of 1h, not of 15m.
        close: price.
        distance: of the stop, a fraction of the close.
        setups: what the checks ask of them, as if no pair had had a signal before.
        factors: what each factor says of their coins at their close.
    """

    row: IntArray
    said_at: Milliseconds
    hourly: BoolArray
    close: FloatArray
    distance: FloatArray
    setups: Setups
    factors: FactorGrids

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.row)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the rules see in a span: its setups, and how every coin stood at each close that is scored.

    `closes[T]` are ms UTC; `field` is what random entries are drawn from, `regime[T]` what the gate allows (NaN: unknown).
    `resting` are the orders that were asked about.
    """

    setups: FoundSetups
    closes: Milliseconds
    field: Field
    distance: FloatGrid
    regime: FloatArray
    resting: FoundSetups


@dataclass(frozen=True, slots=True)
class RestingOrders:
    """Orders to buy that are to be judged like setups, `[N]` in order of time, then of rows.

    `said_at` are the closes that they stand on, ms UTC; `distance` is that of the stop, a fraction of the limit.
    """

    row: IntArray
    said_at: Milliseconds
    limit: FloatArray
    distance: FloatArray


NO_ORDERS = RestingOrders(*(np.zeros(0, dtype=np.int64),) * 2, *(np.zeros(0),) * 2)


@dataclass(frozen=True, slots=True)
class Higher:
    """The timeframes above entries, analysed as a whole, and the row of the gate's symbol in them."""

    days: Analysis
    fours: Analysis
    hours: Analysis
    gate: int

    @classmethod
    def of(cls, history: MarketHistory, gate_symbol: str) -> Self:
        """Analyse a history."""
        row = history.symbols.index(gate_symbol)
        return cls(analyse(history.days), analyse(history.fours), analyse(history.hours), row)

    def standings(self, closes: Milliseconds) -> tuple[Standing, Standing, Standing]:
        """Return what 1d, 4h and 1h said at some closes."""
        return standing_at(self.days, closes), standing_at(self.fours, closes), standing_at(self.hours, closes)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some closes that are scored: what came of them."""

    setups: FoundSetups
    resting: FoundSetups
    closes: Milliseconds
    field: Field
    distance: FloatGrid
    regime: FloatArray


def survey(
    history: MarketHistory,
    readings: Sequence[ReadingColumns],
    tradable: BoolArray,
    span: tuple[int, int],
    rules: ScoreRules,
    progress: Progress | None = None,
    higher: Higher | None = None,
    resting: RestingOrders = NO_ORDERS,
) -> Survey:
    """Find every setup that closes in a span, and what the factors say at it.

    Args:
        history: of the market; the gate's symbol among its symbols.
        readings: of the factors that no candle gives; row S of them is the market as a whole.
        tradable: which symbols are coins to trade, `[S]`.
        span: ms UTC, the first moment at which a close counts and the first at which none does any more.
        rules: of the score and of setups.
        progress: told how many closes are done, of how many.
        higher: of the same history and gate, where there are several spans; analysed here without it.
        resting: orders of closes in the span, to be seen as setups as well.
    """
    above = higher or Higher.of(history, rules.setups.gate_symbol)
    step = history.quarters.timeframe.milliseconds
    closed = history.quarters.open_time + step
    first, end = (int(at) for at in np.searchsorted(closed, span))
    edges = _edges(history.quarters, first, end)
    stretches = []
    for begin, until in pairwise(edges):
        stretches.append(_stretch(history, above, readings, tradable, (begin, until), rules, resting))
        if progress:
            progress(until - first, end - first)
    return _joined(stretches)


def _edges(candles: Candles, first: int, end: int) -> list[int]:
    """Return the columns at which stretches begin, and the end: few of them cut closes that share their beginning."""
    if first >= end:
        return [first, end]
    length = STRETCHES * STEP
    offset = int(candles.open_time[0]) // candles.timeframe.milliseconds
    after = (first + offset) // length * length + length - offset
    return [first, *range(after, end, length), end]


def _stretch(
    history: MarketHistory,
    higher: Higher,
    readings: Sequence[ReadingColumns],
    tradable: BoolArray,
    columns: tuple[int, int],
    rules: ScoreRules,
    resting: RestingOrders,
) -> _Stretch:
    """Find the setups of some closes of the candles that are scored."""
    begin, until = columns
    candles = history.quarters.during(slice(max(begin - LONGEST, 0), until))
    analysis, week = analyse(candles, until - begin), week_before(candles, until - begin)
    day, four_hour, hour = higher.standings(analysis.close_time)
    said = candle_factors(analysis, day, four_hour, hour, week, FactorRules())
    moments = analysis.close_time * 1000
    there = analysis.problem != Problem.MISSING
    grids = {
        **as_of_join(readings, len(history.symbols) + 1, moments),
        FactorSource(Factor.TECHNICAL, TRENDS): _said(said.technical, there, moments),
        FactorSource(Factor.MOMENTUM, MOVES): _said(said.momentum, there, moments),
    }
    factors = factor_grids(grids, analysis.close.shape, rules)
    gate = day.row(higher.gate)
    allowed = regime(gate)
    decisions = decide(analysis, day, four_hour, gate, rules.setups)
    decided = DecidedCloses(analysis, day, four_hour, gate, decisions, rules.setups)
    parts = []
    if analysis.timeframe is not history.hours.timeframe:
        parts.append(_setups_of(decided, week.range_ratio, np.arange(until - begin), factors, tradable))
    if hourly := _hourly(history, higher, analysis.close_time, rules):
        hours, range_ratio, at = hourly
        parts.append(_setups_of(hours, range_ratio, at, factors, tradable))
    trends = trend(day).direction
    known = usable(day) & usable(four_hour) & (analysis.problem == Problem.NONE) & tradable[:, None]
    field = Field(
        price=analysis.close,
        range=np.where(known, decisions.distance * analysis.close, np.nan),
        long=known & (allowed == 1) & (trends == 1),
        short=known & (allowed == -1) & (trends == -1),
    )
    orders = _resting(decided, week.range_ratio, resting, factors, tradable)
    return _Stretch(_in_order(parts), orders, analysis.close_time, field, decisions.distance, allowed[0])


def _resting(
    decided: DecidedCloses, range_ratio: FloatGrid, orders: RestingOrders, factors: FactorGrids, tradable: BoolArray
) -> FoundSetups:
    """Return the orders of some closes as the score sees them."""
    closes = decided.analysis.close_time
    here = np.flatnonzero(np.isin(orders.said_at, closes))
    rows, columns = orders.row[here], np.searchsorted(closes, orders.said_at[here])
    cells, targets = (rows, columns), [float(target) for target in decided.rules.targets_r]
    setups = Setups(
        direction=np.ones((len(rows), 1)),
        tradable=tradable[rows][:, None],
        regime=regime(decided.gate)[0][columns][:, None],
        daily_trend=_cells(trend(decided.day).direction, cells),
        range_ratio=_cells(range_ratio, cells),
        cost=(2 * float(decided.rules.costs.per_side) / orders.distance[here])[:, None],
        risk_reward=np.full((len(rows), 1), sum(targets) / len(targets)),
        minutes_since_signal=np.full((len(rows), 1), np.inf),
    )
    return FoundSetups(
        row=rows,
        said_at=orders.said_at[here],
        hourly=np.zeros(len(rows), dtype=np.bool_),
        close=orders.limit[here],
        distance=orders.distance[here],
        setups=setups,
        factors={factor: grid.at(rows, columns) for factor, grid in factors.items()},
    )


def _hourly(
    history: MarketHistory, higher: Higher, closes: Milliseconds, rules: ScoreRules
) -> tuple[DecidedCloses, FloatGrid, IntArray] | None:
    """Decide the closes of 1h among those that are scored: also their range against the norm, and which closes they are."""
    step = history.hours.timeframe.milliseconds
    at = np.flatnonzero(closes % step == 0)
    ends = history.hours.open_time + step
    if not len(at) or not len(ends):
        return None
    last = int(np.searchsorted(ends, closes[at[-1]], side="right"))
    first = max(last - len(at), 0)
    analysis = higher.hours.during(slice(first, last))
    week = week_before(history.hours.during(slice(max(first - LONGEST, 0), last)), last - first)
    day, four_hour = standing_at(higher.days, analysis.close_time), standing_at(higher.fours, analysis.close_time)
    gate = day.row(higher.gate)
    decisions = decide(analysis, day, four_hour, gate, rules.setups)
    decided = DecidedCloses(analysis, day, four_hour, gate, decisions, rules.setups)
    return decided, week.range_ratio, np.searchsorted(closes, analysis.close_time)


def _setups_of(
    decided: DecidedCloses, range_ratio: FloatGrid, at: IntArray, factors: FactorGrids, tradable: BoolArray
) -> FoundSetups:
    """Return the setups of the closes of a timeframe; `at[T]` are the columns of `factors` that belong to its closes."""
    directions = setup_directions(decided)
    rows, columns = np.nonzero(directions)
    cells = (rows, columns)
    targets = [float(target) for target in decided.rules.targets_r]
    setups = Setups(
        direction=_cells(directions.astype(np.float64), cells),
        tradable=tradable[rows][:, None],
        regime=regime(decided.gate)[0][columns][:, None],
        daily_trend=_cells(trend(decided.day).direction, cells),
        range_ratio=_cells(range_ratio, cells),
        cost=_cells(decided.decisions.cost, cells),
        risk_reward=np.full((len(rows), 1), sum(targets) / len(targets)),
        minutes_since_signal=np.full((len(rows), 1), np.inf),
    )
    return FoundSetups(
        row=rows,
        said_at=decided.analysis.close_time[columns],
        hourly=np.full(len(rows), decided.analysis.timeframe is Timeframe.H1),
        close=decided.analysis.close[cells],
        distance=decided.decisions.distance[cells],
        setups=setups,
        factors={factor: grid.at(rows, at[columns]) for factor, grid in factors.items()},
    )


def _cells(grid: FloatGrid, cells: tuple[IntArray, IntArray]) -> FloatGrid:
    return grid[cells][:, None]


def _said(value: FactorValue, there: BoolGrid, moments: NDArray[np.int64]) -> ReadingGrid:
    """Return what the candles say as the readings that the desk would have written: of every coin, none of the market."""
    known = there & np.isfinite(value.value)
    life = READING_LIFE.total_seconds() * 1_000_000

    def with_market(grid: FloatGrid) -> FloatGrid:
        return np.concatenate([np.where(known, grid, np.nan), np.full((1, grid.shape[1]), np.nan)])

    said = np.concatenate([known, np.zeros((1, known.shape[1]), dtype=np.bool_)])
    return ReadingGrid(
        moments=moments,
        value=with_market(value.value),
        confidence=with_market(value.confidence),
        as_of=np.where(said, moments, 0),
        stale_at=np.where(said, moments + int(life), 0),
        publishers=said.astype(np.int64),
    )


def _in_order(parts: Sequence[FoundSetups]) -> FoundSetups:
    """Put setups together in the order in which the desk judges them."""
    joined = _put_together(parts)
    order = np.lexsort((joined.row, ~joined.hourly, joined.said_at))
    return take(joined, order)


def take(found: FoundSetups, numbers: NDArray[np.int64] | BoolArray) -> FoundSetups:
    """Return some of the setups, by their numbers or a mark for each."""
    arrays = {name: getattr(found, name)[numbers] for name in ("row", "said_at", "hourly", "close", "distance")}
    setups = Setups(**{field.name: getattr(found.setups, field.name)[numbers] for field in fields(Setups)})
    factors = {
        factor: FactorGrid(**{field.name: getattr(grid, field.name)[numbers] for field in fields(FactorGrid)})
        for factor, grid in found.factors.items()
    }
    return FoundSetups(**arrays, setups=setups, factors=factors)


def _put_together(parts: Sequence[FoundSetups]) -> FoundSetups:
    names = ("row", "said_at", "hourly", "close", "distance")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    setups = {field.name: np.concatenate([getattr(part.setups, field.name) for part in parts]) for field in fields(Setups)}
    factors = {}
    for factor in Factor:
        grids = [part.factors[factor] for part in parts]
        joined = {field.name: np.concatenate([getattr(grid, field.name) for grid in grids]) for field in fields(FactorGrid)}
        factors[factor] = FactorGrid(**joined)
    return FoundSetups(**arrays, setups=Setups(**setups), factors=factors)


def _joined(stretches: Sequence[_Stretch]) -> Survey:
    grids = {field.name: np.concatenate([getattr(one.field, field.name) for one in stretches], axis=1) for field in fields(Field)}
    return Survey(
        setups=_put_together([one.setups for one in stretches]),
        resting=_put_together([one.resting for one in stretches]),
        closes=np.concatenate([one.closes for one in stretches]),
        field=Field(**grids),
        distance=np.concatenate([one.distance for one in stretches], axis=1),
        regime=np.concatenate([one.regime for one in stretches]),
    )
