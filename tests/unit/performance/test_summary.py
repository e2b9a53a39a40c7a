"""Every figure has its definition, its value, and where it can have one its interval."""

from datetime import date

import numpy as np
import pytest

from functions.arrays import FloatArray
from functions.performance.metrics.beside import OF_TRADES, intervals
from functions.performance.metrics.definitions import DEFINITIONS, write
from functions.performance.metrics.equity import FIGURES, growth
from functions.performance.metrics.summary import Track, measure
from functions.performance.metrics.trades import DAY, TradeOutcomes


def track(seed: int = 1, days: int = 120, trades: int = 60) -> Track:
    random = np.random.default_rng(seed)
    closed = np.sort(random.integers(1, days, trades))
    first = (date(2024, 1, 1) - date(1970, 1, 1)).days
    steps: FloatArray = random.normal(0.001, 0.01, days)
    r = random.choice([-1.0, 0.2, 1.0, 2.2], trades)
    return Track(
        first_day=date(2024, 1, 1),
        start=1000.0,
        equity=1000 * growth(steps),
        trades=TradeOutcomes(
            opened_at=(first + closed - 1) * DAY,
            closed_at=(first + closed) * DAY,
            profit=5 * r,
            r=r,
            traded=np.full(trades, 100.0),
        ),
    )


def nothing() -> Track:
    none = np.array([], dtype=np.int64)
    empty = np.array([])
    return Track(date(2024, 1, 1), 1000.0, empty, TradeOutcomes(none, none, empty, empty, empty))


def test_every_figure_is_defined_and_every_definition_is_a_figure() -> None:
    assert measure(track()).keys() == DEFINITIONS.keys()


def test_figures_of_nothing_are_unknown_and_are_written_so() -> None:
    figures = measure(nothing())
    assert {name for name, value in figures.items() if not np.isnan(value)} == {"trades"}
    assert {write(name, value) for name, value in figures.items()} == {"0", "–"}


def test_days_without_a_trade_count_in_what_is_told_by_the_day() -> None:
    figures = measure(track())
    assert figures["trades_a_day"] == 0.5
    assert figures["turnover"] == pytest.approx(6000 / track().equity.mean() * 365 / 120)
    assert 0 < figures["exposure"] < 1


def test_a_figure_of_trades_is_the_quotient_that_is_drawn() -> None:
    of = track()
    of.trades.r[:5] = np.nan  # trades without a stop
    figures = measure(of)
    for name, quotient in OF_TRADES.items():
        drawn = quotient(of.trades)
        assert drawn.above.sum() / drawn.below.sum() == pytest.approx(figures[name]), name


def test_interval_lies_around_its_figure() -> None:
    of = track()
    figures = measure(of)
    around = intervals(of, draws=300)
    assert around.keys() == {*FIGURES, *OF_TRADES}
    for name in ("sharpe", "cagr", "total_return", "win_rate", "expectancy_r", "profit_factor"):
        interval = around[name]
        assert interval is not None
        assert interval.low < figures[name] < interval.high, name


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("win_rate", 0.5512, "55.1%"),
        ("profit_factor", np.inf, "∞"),
        ("sharpe", -np.inf, "-∞"),
        ("sharpe", None, "–"),
        ("expectancy_r", 0.12345, "+0.123 R"),
        ("expectancy", -3.0, "-3.00 USDT"),
        ("trades", 12.0, "12"),
        ("calmar", 1.005, "1.00"),
    ],
)
def test_a_figure_is_written_in_its_unit(name: str, value: float | None, written: str) -> None:
    assert write(name, value) == written
