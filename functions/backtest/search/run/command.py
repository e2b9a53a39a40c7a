"""What the command asks for: read the candles, run the trials with whoever else does, answer with what came out of sample."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from functions.backtest.figures import account_figures, headline, headline_intervals
from functions.backtest.history import MarketHistory
from functions.backtest.result import BacktestResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.backtest import Progress
from functions.backtest.run.command import Asked, progress_bars, read_asked, rules_asked, told_on
from functions.backtest.run.reporting import Question, keys_of
from functions.backtest.search import store
from functions.backtest.search.grid import Grid, read_grid
from functions.backtest.search.run.search import SearchResult, conclude, matrix_of
from functions.backtest.search.trials import prepare
from functions.backtest.search.windows import Window, WindowRules, windows
from functions.backtest.span import check_fit, span_of
from functions.clock import wall_now
from functions.errors import InputRejected, RetryLater
from functions.factors.history import ReadingColumns
from functions.performance.metrics.equity import FIGURES
from functions.settings import Settings

MOST_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """What a person asks for on the command line.

    Args:
        asked: the candles and the span; its rules are what a configuration begins with.
        tried: values of parameters, as `functions.backtest.search.grid.read_grid` reads them.
        windows: their lengths.
        processes: that run trials, this one among them.
    """

    asked: Asked
    tried: tuple[str, ...] = ()
    windows: WindowRules = field(default_factory=WindowRules)
    processes: int = 1


@dataclass(frozen=True, slots=True)
class _Search:
    """What is searched, once it is known to be fit."""

    history: MarketHistory
    readings: Sequence[ReadingColumns]
    question: Question
    grid: Grid
    rolled: Sequence[Window]

    @property
    def name(self) -> str:
        """Return the name of its study: another one for other data, code, settings or values."""
        return store.study_name(keys_of(self.history, self.readings, self.question), self.grid)


def run_search(settings: Settings, asked: SearchAsked, report: Path | None = None) -> dict[str, Any]:
    """Run a search, or go on with one that was cut off, and return its figures; write the report if one is named.

    Raises:
        InputRejected, NotFound: the candles, the span, a parameter or a window is not fit; nothing is stored.
        RetryLater: another process ended before its trials were done; asked again, the search goes on.
    """
    if not 1 <= asked.processes <= MOST_PROCESSES:
        raise InputRejected("wrong_processes", f"expected 1 to {MOST_PROCESSES} processes, got {asked.processes}")
    with progress_bars() as progress:
        told = told_on(progress)
        search = _read(asked)
        returns = _trials(settings, asked, search, told)
        trials = matrix_of(returns, search.grid, search.question.span)
        result = conclude(search.history, search.readings, search.question, trials, search.rolled, told)
    if report:
        from functions.backtest.report.page import page  # with it come plotly and jinja, half a second

        text = page(result.tested, search=result.worth.evidence, overfitting=result.worth.overfitting)
        report.write_text(text, encoding="utf-8")
    return {**document_of(result), "study": search.name}


def _trials(settings: Settings, asked: SearchAsked, search: _Search, told: Progress) -> store.Returns:
    """Run the trials that are not done, in as many processes as are asked for, and return all of them."""
    count = len(search.grid.configurations)
    others = [get_context("spawn").Process(target=work, args=(settings, asked)) for _ in range(asked.processes - 1)]
    with store.opened_study(settings.database("functions"), search.name) as study:
        for process in others:
            process.start()
        try:
            _run_trials(search, study, told)
        finally:
            for process in others:
                process.join()
        returns = store.done_trials(study)
    if len(returns) < count:
        raise RetryLater("search_unfinished", f"{len(returns)} of {count} trials are done; run it again to go on", retry_after=1)
    return returns


def work(settings: Settings, asked: SearchAsked) -> None:
    """Run trials of a search until there is none left: what every process beside the first one does."""
    search = _read(asked)
    with store.opened_study(settings.database("functions"), search.name) as study:
        _run_trials(search, study, lambda _step, _done, _of: None)


def _read(asked: SearchAsked) -> _Search:
    """Read what is searched, and check that it is fit."""
    rules = rules_asked(asked.asked, BacktestRules())
    grid = read_grid(asked.tried, rules)
    history, readings = read_asked(asked.asked, rules)
    span, notes = span_of(history, asked.asked.since, asked.asked.until, wall_now())
    notes += check_fit(history, span, rules.score.setups.gate_symbol, uneven=asked.asked.uneven)
    rolled = windows(span, asked.windows, grid.longest_hold(rules))
    question = Question(span, rules, sweeps=asked.asked.sweeps, notes=tuple(notes))
    return _Search(history, readings, question, grid, rolled)


def _run_trials(search: _Search, study: optuna.Study, told: Progress) -> None:
    count = len(search.grid.configurations)
    if store.count_done(study) == count:
        return
    prepared = prepare(
        search.history,
        search.readings,
        search.question.span,
        search.question.rules,
        search.grid,
        lambda done, of: told("stops", done, of),
    )
    store.run_trials(study, search.grid, prepared.returns, lambda done: told("trials", done, count))


def document_of(result: SearchResult) -> dict[str, Any]:
    """Return what came of a search as one document: the figures out of sample, and what they stand beside."""
    worth = result.worth
    return {
        **_figures(result.tested),
        "trials": worth.evidence.trials,
        "windows": len(result.choices),
        "deflated_sharpe": _known(worth.deflated),
        "probability_of_overfitting": worth.overfitting,
        "best_trial": {
            "deflated_sharpe": _known(worth.evidence.deflated),
            "superior_p": _known(worth.evidence.superior_p),
            "verdict": worth.evidence.verdict.value,
        },
        "beats_shipped_p": worth.beats_shipped_p,
        "average_of_trials": {name: _known(value) for name, value in worth.average.items()},
        "shipped": _figures(result.shipped),
        "choices": [
            {
                "from": choice.window.test.since.isoformat(),
                "to": choice.window.test.until.isoformat(),
                "configuration": dict(choice.configuration),
                "past_sharpe": _known(choice.past_sharpe),
                "test_sharpe": _known(choice.test_sharpe),
            }
            for choice in result.choices
        ],
        "notes": list(result.tested.data.notes),
        "hashes": {name: getattr(result.tested.hashes, name) for name in ("data", "code", "settings", "result")},
    }


def _figures(result: BacktestResult) -> dict[str, Any]:
    """Return the headline of a backtest with its intervals, and the figures of all that stands beside it."""
    first = result.since.date()
    named = ("win_rate", "profit_factor", "max_drawdown", "sharpe", "total_return")
    accounts = {one.name: {name: account_figures(one, first)[name] for name in named} for one in result.accounts}
    variants = {
        f"{one.kind} {one.value}": {name: account_figures(one.account, first)[name] for name in named} for one in result.variants
    }
    curves = {}
    for benchmark in result.benchmarks:
        worth = np.array(benchmark.worth)
        returns = worth[1:] / worth[:-1] - 1.0
        curves[benchmark.name] = {name: _known(FIGURES[name](returns)) for name in ("sharpe", "max_drawdown", "total_return")}
    rates = {rate.kind: {"count": rate.count, "lost": rate.lost, "mean_r": rate.mean_r} for rate in result.rates}
    return {
        **headline(result),
        "intervals": headline_intervals(result),
        "from": result.since.isoformat(),
        "to": result.until.isoformat(),
        "accounts": accounts,
        "benchmarks": curves,
        "variants": variants,
        "rates": rates,
        "refusals": dict(result.desk.refusals),
    }


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
