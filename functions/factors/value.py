"""What a factor says, as grids: computed for the newest close alone or for all of them, with the same bits."""

from dataclasses import dataclass

from functions.arrays import FloatGrid


@dataclass(frozen=True, slots=True)
class FactorValue:
    """What a factor says of each symbol at each close, `[S, T]`; both grids are NaN where it is unknown.

    `value` is -1 (bearish) to +1 (bullish), `confidence` 0 to 1.
    """

    value: FloatGrid
    confidence: FloatGrid
