"""Candles as whole numbers of price, volume and turnover units, so that every timeframe adds up exactly.

An array of candles has shape [6, n]: open, high, low, close, volume, turnover.
"""

from dataclasses import dataclass

import numpy as np
import orjson

from tests.sim.clock import DAY, MINUTE
from tests.sim.market.noise import IntArray

OPEN, HIGH, LOW, CLOSE, VOLUME, TURNOVER = range(6)
BASE = 5 * MINUTE
PER_DAY = DAY // BASE


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A candle length as Bybit names it; bars open at whole multiples of the length after `offset`."""

    interval: str
    length: int
    offset: int = 0

    def floor(self, time_ms: int) -> int:
        """Return the open time of the bar that contains a time."""
        return time_ms - (time_ms - self.offset) % self.length


_MONDAY = 4 * DAY  # the epoch was a Thursday
TIMEFRAMES = {
    frame.interval: frame
    for frame in (
        *(Timeframe(str(minutes), minutes * MINUTE) for minutes in (5, 15, 30, 60, 120, 240, 360, 720)),
        Timeframe("D", DAY),
        Timeframe("W", 7 * DAY, _MONDAY),
    )
}


def resample(candles: IntArray, factor: int) -> IntArray:
    """Join each run of `factor` candles into one; the number of candles is a multiple of it."""
    if factor == 1:
        return candles
    runs = candles.reshape(6, -1, factor)
    joined = np.empty((6, runs.shape[1]), dtype=np.int64)
    joined[OPEN] = runs[OPEN, :, 0]
    joined[HIGH] = runs[HIGH].max(axis=1)
    joined[LOW] = runs[LOW].min(axis=1)
    joined[CLOSE] = runs[CLOSE, :, -1]
    joined[VOLUME:] = runs[VOLUME:].sum(axis=2)
    return joined


def part_formed(candles: IntArray, chance: IntArray, fraction: float) -> IntArray:
    """Return each candle [6, n] as it stands after `fraction` (0..1) of its length.

    The price goes from the open to one extreme, to the other, to the close; `chance` (words [n, 4]) decides which extreme comes
    first and when. A pure function: later fractions only ever widen the range and add volume.
    """
    low_first = chance[:, 0] & 1 == 1
    first = np.where(low_first, candles[LOW], candles[HIGH])
    second = np.where(low_first, candles[HIGH], candles[LOW])
    turn_1 = 0.1 + 0.35 * chance[:, 1] / 65536
    turn_2 = 0.55 + 0.35 * chance[:, 2] / 65536
    legs = [
        candles[OPEN] + (first - candles[OPEN]) * (fraction / turn_1),
        first + (second - first) * ((fraction - turn_1) / (turn_2 - turn_1)),
        second + (candles[CLOSE] - second) * ((fraction - turn_2) / (1 - turn_2)),
    ]
    past_1, past_2 = fraction >= turn_1, fraction >= turn_2
    last = np.rint(np.where(past_2, legs[2], np.where(past_1, legs[1], legs[0]))).astype(np.int64)
    part = np.empty_like(candles)
    part[OPEN] = candles[OPEN]
    part[CLOSE] = last
    seen = [candles[OPEN], last, np.where(past_1, first, last), np.where(past_2, second, last)]
    part[HIGH] = np.maximum.reduce(seen)
    part[LOW] = np.minimum.reduce(seen)
    part[VOLUME:] = np.floor(candles[VOLUME:] * fraction)
    return part


def join(earlier: IntArray, later: IntArray) -> IntArray:
    """Join two stretches [6, n] of the same n bars into one."""
    return np.stack(
        [
            earlier[OPEN],
            np.maximum(earlier[HIGH], later[HIGH]),
            np.minimum(earlier[LOW], later[LOW]),
            later[CLOSE],
            earlier[VOLUME] + later[VOLUME],
            earlier[TURNOVER] + later[TURNOVER],
        ]
    )


def decimal_column(units: IntArray, decimals: int) -> list[bytes]:
    """Return many numbers as `decimal_text` writes them, fast: up to 15 digits a float's shortest text is the decimal itself."""
    if units.size == 0:
        return []
    if decimals and (units.max() >= 10**15 or units[units > 0].min(initial=10**15) < 10 ** (decimals - 4)):
        return [decimal_text(unit, decimals).encode() for unit in units.tolist()]
    numbers = units / 10.0**decimals if decimals else np.ascontiguousarray(units)
    text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1] + b","
    return text.replace(b".0,", b",")[:-1].split(b",")


def decimal_text(units: int, decimals: int) -> str:
    """Return whole units as the exchange writes a number: no exponent, no trailing zeros."""
    if decimals == 0:
        return str(units)
    digits = str(units).zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
