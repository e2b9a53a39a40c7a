"""What a report tells: the figures of every account and benchmark, each beside what it is to be judged by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.result import AccountResult, BacktestResult, BacktestTrade
from functions.outcomes.lift import band_of
from functions.outcomes.sequences import Interval
from functions.performance.metrics.beside import by_library, intervals
from functions.performance.metrics.definitions import DEFINITIONS
from functions.performance.metrics.equity import FIGURES
from functions.performance.metrics.summary import Track, measure
from functions.performance.metrics.trades import TradeOutcomes, expectancy, profit_factor, win_rate

RANDOM = "random"
TITLES = {
    "desk": "Desk",
    "technical": "Technical only",
    "watch_list": "Watch list",
    "random": "Random entries",
    "btc": "BTC held",
    "gated_basket": "Gated basket",
}


@dataclass(frozen=True, slots=True)
class Column:
    """An account or a benchmark: the curve of what 1 USDT became at each of the run's days, and its figures by name."""

    name: str
    title: str
    worth: FloatArray
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the desk's closed trades."""

    label: str
    trades: int
    win_rate: float
    profit_factor: float
    expectancy_r: float
    profit: float


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything a report shows.

    Args:
        columns: the desk first; several draws of random entries are one column here, the mean of their figures.
        draws: the curves of those draws, each what 1 USDT became.
        track: the desk's.
        around: the interval of each figure of the desk.
        library: the desk's figures by an independent library.
        calibration: by band of confidence.
        symbols: by coin, most trades first.
        regimes: by what the gate allowed.
    """

    columns: Sequence[Column]
    draws: Sequence[FloatArray]
    track: Track
    around: Mapping[str, Interval | None]
    library: Mapping[str, float]
    calibration: Sequence[Slice]
    symbols: Sequence[Slice]
    regimes: Sequence[Slice]


def contents(result: BacktestResult) -> Contents:
    """Gather what a report shows of a run."""
    accounts = [(account, track_of(result, account)) for account in result.accounts]
    all_of_them = [Column(one.name, title(one.name), _worth(one), measure(track)) for one, track in accounts]
    drawn = [column for column in all_of_them if _is_random(column.name)]
    columns = [column for column in all_of_them if not _is_random(column.name)]
    if drawn:
        columns.append(_mean(drawn))
    for benchmark in result.benchmarks:
        worth = np.array(benchmark.worth)
        returns: FloatArray = worth[1:] / worth[:-1] - 1.0
        columns.append(
            Column(benchmark.name, title(benchmark.name), worth, {name: figure(returns) for name, figure in FIGURES.items()})
        )
    desk = accounts[0][1]
    closed = result.desk.closed
    return Contents(
        columns=columns,
        draws=[column.worth for column in drawn],
        track=desk,
        around=intervals(desk),
        library=by_library(desk.returns),
        calibration=sorted(_slices(closed, [band_of(trade.confidence) for trade in closed]), key=_band),
        symbols=sorted(_slices(closed, [trade.symbol for trade in closed]), key=lambda part: (-part.trades, part.label)),
        regimes=_slices(closed, [_REGIMES[trade.regime] for trade in closed]),
    )


_REGIMES: Mapping[int | None, str] = {1: "Gate allows longs", -1: "Gate allows shorts", 0: "Gate closed", None: "Gate unknown"}


def _is_random(name: str) -> bool:
    return name.partition("_")[0] == RANDOM


def _mean(drawn: Sequence[Column]) -> Column:
    """Return the draws of random entries as one: the mean of each figure that all of them have, and the mean curve."""
    figures = {name: float(np.mean([column.figures[name] for column in drawn])) for name in drawn[0].figures}
    name = TITLES[RANDOM] if len(drawn) == 1 else f"{TITLES[RANDOM]}, mean of {len(drawn)}"
    worth: FloatArray = np.mean([column.worth for column in drawn], axis=0)
    return Column(RANDOM, name, worth, figures)


def title(name: str) -> str:
    """Return what an account or a benchmark is called."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def track_of(result: BacktestResult, account: AccountResult) -> Track:
    """Return what an account did, as the figures are computed of it."""
    worth = _worth(account) * float(account.start)
    return Track(first_day=result.days[0].date(), start=float(worth[0]), equity=worth[1:], trades=outcomes_of(account.closed))


def outcomes_of(trades: Sequence[BacktestTrade]) -> TradeOutcomes:
    """Return closed trades as arrays."""
    ended = [trade.closed_at or trade.opened_at for trade in trades]
    return TradeOutcomes(
        opened_at=np.array([round(trade.opened_at.timestamp() * 1000) for trade in trades], dtype=np.int64),
        closed_at=np.array([round(moment.timestamp() * 1000) for moment in ended], dtype=np.int64),
        profit=np.array([float(trade.profit) for trade in trades]),
        r=np.array([trade.r if trade.risk else np.nan for trade in trades]),
        traded=np.array([float(sum(fill.price * fill.quantity for fill in trade.fills)) for trade in trades]),
    )


def has_library(name: str) -> bool:
    """Tell whether the independent library has a figure too."""
    return name in FIGURES


def figure_names() -> Iterable[str]:
    """Return the names of all figures, in the order in which they are read."""
    return DEFINITIONS.keys()


def _worth(account: AccountResult) -> FloatArray:
    return np.array([float(equity / account.start) for equity in account.equity])


def _slices(trades: Sequence[BacktestTrade], labels: Sequence[str]) -> list[Slice]:
    chosen: dict[str, list[BacktestTrade]] = {}
    for trade, label in zip(trades, labels, strict=True):
        chosen.setdefault(label, []).append(trade)
    return [_slice(label, outcomes_of(part)) for label, part in chosen.items()]


def _slice(label: str, trades: TradeOutcomes) -> Slice:
    return Slice(
        label=label,
        trades=len(trades.profit),
        win_rate=win_rate(trades.profit),
        profit_factor=profit_factor(trades.r),
        expectancy_r=expectancy(trades.r),
        profit=float(trades.profit.sum()),
    )


def _band(part: Slice) -> int:
    return int(part.label.partition("-")[0])
