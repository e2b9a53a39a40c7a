"""One configuration over the whole span: what its account earned each day. Setups and readings are found once for each stop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolArray, FloatArray
from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import offers_of
from functions.backtest.engine.portfolio import run_account
from functions.backtest.engine.setups import FoundSetups, Higher, survey, take
from functions.backtest.engine.signals import judge_setups
from functions.backtest.history import MarketHistory
from functions.backtest.rules import BacktestRules
from functions.backtest.search.grid import Configuration, Grid, rules_of
from functions.backtest.span import Span
from functions.factors.history import ReadingColumns
from functions.market.candles.gaps import to_ms
from functions.scoring.evidence import evidence
from functions.scoring.filters import Rejection, rejections
from functions.scoring.rules import ScoreRules

# Checks that no parameter of a grid changes: what fails one of them is no signal for any configuration.
FIXED = Rejection.PAIR_EXCLUDED | Rejection.GATE_UNKNOWN | Rejection.GATE_CLOSED | Rejection.TREND_AGAINST
Stop = tuple[float, float]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PreparedTrials:
    """A market with its setups, ready for any configuration of a grid. It holds no shorts.

    prepared = prepare(history, readings, span, BacktestRules(), grid)
    returns = prepared.returns({"hold": "5"})  # [T], one a UTC day of the span
    """

    span: Span
    rules: BacktestRules
    market: TradedMarket
    setups: Mapping[Stop, FoundSetups]

    def returns(self, configuration: Configuration) -> FloatArray:
        """Return what an account by a configuration earned on each day of the span, as a fraction, `[T]`."""
        rules = rules_of(self.rules, configuration)
        found = self.setups[_stop(rules)]
        judged = judge_setups(found, rules.score)
        account = run_account("trial", offers_of(found, judged, judged.signals), self.market, self.span.days, rules)
        worth = np.array([float(equity) for equity in account.equity])
        earned: FloatArray = worth[1:] / worth[:-1] - 1.0
        return earned


def prepare(
    history: MarketHistory,
    readings: Sequence[ReadingColumns],
    span: Span,
    rules: BacktestRules,
    grid: Grid,
    progress: Progress | None = None,
) -> PreparedTrials:
    """Find the setups of a span once for each stop of a grid, and keep those that any configuration could take.

    Args:
        history: of the market.
        readings: of the factors that no candle gives.
        span: of the search.
        rules: what every configuration begins with.
        grid: that is tried.
        progress: told how many stops are done, of how many.
    """
    stops = {_stop(one): one for one in (rules, *(rules_of(rules, {"stop": value}) for value in grid.values.get("stop", ())))}
    higher = Higher.of(history, rules.score.setups.gate_symbol)
    moments = (to_ms(span.since), to_ms(span.until))
    setups = {}
    for number, (stop, changed) in enumerate(stops.items(), start=1):
        seen = survey(history, readings, history.coins, moments, changed.score, higher=higher)
        setups[stop] = take(seen.setups, _possible(seen.setups, changed.score))
        if progress:
            progress(number, len(stops))
    market = TradedMarket.of(history, seen.closes, seen.regime)
    return PreparedTrials(span=span, rules=rules, market=market, setups=setups)


def _possible(found: FoundSetups, rules: ScoreRules) -> BoolArray:
    """Tell which setups pass what no parameter changes, `[N]`."""
    failed = rejections(found.setups, evidence(found.factors, found.setups.direction, rules), rules)[:, 0]
    possible: BoolArray = (failed & FIXED.value == 0) & (found.setups.direction[:, 0] > 0)
    return possible


def _stop(rules: BacktestRules) -> Stop:
    return rules.score.setups.stop_day_atr, rules.score.setups.stop_four_hour_atr
