"""Figures as sources write them in JSON."""

import math


def figure(value: object) -> float | None:
    """Return a number from zero on; None for what is none, is negative, or is beyond all numbers."""
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return number if number >= 0 and math.isfinite(number) else None
