"""A walk-forward search: trials in several processes, a choice at the end of each past, and a backtest of the choices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.history import MarketHistory
from functions.backtest.result import AccountResult, BacktestResult
from functions.backtest.run.backtest import Progress, backtest, backtest_in_turn
from functions.backtest.run.reporting import Question
from functions.backtest.search.choice import Choice, SearchWorth, TrialMatrix, choose, worth_of
from functions.backtest.search.grid import Grid, rules_of
from functions.backtest.search.store import Returns
from functions.backtest.search.windows import Window
from functions.backtest.span import Span
from functions.factors.history import ReadingColumns


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search came to.

    Args:
        choices: one a window.
        tested: a backtest of the days after each choice, by the rules that were chosen: the figures out of sample.
        shipped: a backtest of the same days by the rules without a search.
        worth: what the trials are worth.
    """

    choices: Sequence[Choice]
    tested: BacktestResult
    shipped: BacktestResult
    worth: SearchWorth


def matrix_of(returns: Returns, grid: Grid, span: Span) -> TrialMatrix:
    """Lay out the trials of a grid, in the grid's order."""
    configurations = grid.configurations
    rows = [returns[tuple(sorted(configuration.items()))] for configuration in configurations]
    return TrialMatrix(span, configurations, np.array(rows, dtype=np.float64))


def conclude(
    history: MarketHistory,
    readings: Sequence[ReadingColumns],
    question: Question,
    trials: TrialMatrix,
    rolled: Sequence[Window],
    progress: Progress | None = None,
) -> SearchResult:
    """Choose at the end of each past, trade what was chosen on the days after it, and judge the whole search.

    Args:
        history: of the market.
        readings: of the factors that no candle gives.
        question: what is searched in; its rules are those without a search.
        trials: every configuration.
        rolled: the windows.
        progress: told of the backtests of the choices.
    """
    choices = choose(trials, rolled)
    tested = Span(rolled[0].test.since, rolled[-1].test.until)
    questions = [
        replace(question, span=choice.window.test, rules=rules_of(question.rules, choice.configuration)) for choice in choices
    ]
    chosen = backtest_in_turn(history, readings, questions, progress)
    shipped = backtest(history, readings, replace(question, span=tested, sweeps=False), progress)
    worth = worth_of(trials, tested, daily_returns(chosen.desk), daily_returns(shipped.desk))
    return SearchResult(choices=choices, tested=chosen, shipped=shipped, worth=worth)


def daily_returns(account: AccountResult) -> FloatArray:
    """Return what an account earned each day."""
    worth = np.array([float(equity) for equity in account.equity])
    earned: FloatArray = worth[1:] / worth[:-1] - 1.0
    return earned
