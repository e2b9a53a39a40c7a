"""What a report tells: the figures of every account and benchmark, each beside what it is to be judged by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.figures import outcomes_of
from functions.backtest.result import AccountResult, BacktestResult
from functions.backtest.slices import Slices, slices_of
from functions.outcomes.sequences import Interval
from functions.performance.metrics.beside import by_library, intervals
from functions.performance.metrics.definitions import DEFINITIONS
from functions.performance.metrics.equity import FIGURES
from functions.performance.metrics.summary import Track, measure

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
class Contents:
    """Everything a report shows.

    Args:
        columns: the desk first; several draws of random entries are one column here, the mean of their figures.
        draws: the curves of those draws, each what 1 USDT became.
        track: the desk's.
        around: the interval of each figure of the desk.
        library: the desk's figures by an independent library.
        slices: the desk's closed trades in parts.
    """

    columns: Sequence[Column]
    draws: Sequence[FloatArray]
    track: Track
    around: Mapping[str, Interval | None]
    library: Mapping[str, float]
    slices: Slices


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
    return Contents(
        columns=columns,
        draws=[column.worth for column in drawn],
        track=desk,
        around=intervals(desk),
        library=by_library(desk.returns),
        slices=slices_of(result.desk.closed),
    )


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


def has_library(name: str) -> bool:
    """Tell whether the independent library has a figure too."""
    return name in FIGURES


def figure_names() -> Iterable[str]:
    """Return the names of all figures, in the order in which they are read."""
    return DEFINITIONS.keys()


def _worth(account: AccountResult) -> FloatArray:
    return np.array([float(equity / account.start) for equity in account.equity])
