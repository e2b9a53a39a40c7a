"""Months and years together are the whole span."""

from datetime import date

import numpy as np
import pytest

from functions.performance.metrics.equity import growth, max_drawdown, sharpe
from functions.performance.metrics.periods import monthly_returns, yearly_figures


def test_day_belongs_to_its_own_month_over_the_end_of_a_year() -> None:
    months = monthly_returns(date(2023, 12, 30), np.array([0.1, 0.1, -0.5, 1.0]))
    assert months == {(2023, 12): pytest.approx(0.21), (2024, 1): pytest.approx(0.0)}


def test_months_and_years_multiply_to_the_whole() -> None:
    returns = np.random.default_rng(5).normal(0.001, 0.02, 800)
    whole = growth(returns)[-1]
    assert np.prod([1 + part for part in monthly_returns(date(2023, 3, 5), returns).values()]) == pytest.approx(whole)
    years = yearly_figures(date(2023, 3, 5), returns)
    assert np.prod([1 + year.total_return for year in years]) == pytest.approx(whole)
    assert [(year.year, year.days) for year in years] == [(2023, 302), (2024, 366), (2025, 132)]
    assert years[1].sharpe == sharpe(returns[302:668])
    assert years[1].max_drawdown == max_drawdown(returns[302:668])
