"""A daily curve by calendar: each month, each year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from functions.arrays import FloatArray
from functions.performance.metrics.equity import max_drawdown, sharpe, total_return


@dataclass(frozen=True, slots=True)
class YearFigures:
    """One calendar year, or the part of it that the curve covers."""

    year: int
    days: int
    total_return: float
    sharpe: float
    max_drawdown: float


def monthly_returns(first_day: date, returns: FloatArray) -> Mapping[tuple[int, int], float]:
    """Return what each month did by (year, month), a fraction; a month that is covered in part is told by its days.

    Args:
        first_day: UTC day of the first return.
        returns: `[T]`, one a day without holes.
    """
    days = _days(first_day, len(returns))
    return {month: total_return(returns[chosen]) for month, chosen in _groups([(day.year, day.month) for day in days]).items()}


def yearly_figures(first_day: date, returns: FloatArray) -> list[YearFigures]:
    """Return the figures of each calendar year that the curve touches, oldest first."""
    chosen_by_year = _groups([(day.year, 0) for day in _days(first_day, len(returns))])
    return [
        YearFigures(
            year=year,
            days=len(chosen),
            total_return=total_return(returns[chosen]),
            sharpe=sharpe(returns[chosen]),
            max_drawdown=max_drawdown(returns[chosen]),
        )
        for (year, _), chosen in chosen_by_year.items()
    ]


def _days(first_day: date, count: int) -> list[date]:
    return [first_day + timedelta(days=number) for number in range(count)]


def _groups(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], FloatArray]:
    places: dict[tuple[int, int], list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return {key: np.array(chosen) for key, chosen in sorted(places.items())}
