"""One symbol's closed five-minute candles for any run of UTC days."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow.parquet as pq

from tests.sim.clock import DAY
from tests.sim.market.candles import BASE, CLOSE, HIGH, LOW, OPEN, PER_DAY, TURNOVER, VOLUME, resample
from tests.sim.market.intraday import draw_days
from tests.sim.market.noise import FloatArray, IntArray, words
from tests.sim.market.skeleton import FIRST_DAY, daily_bars
from tests.sim.market.symbols import SymbolSpec

_RUN = 32  # days drawn at once: the arrays stay in the processor's cache
_QUIET_BLOCKS = 8  # a quiet symbol falls silent for whole blocks of three hours


class Series(Protocol):
    """Where a symbol's candles come from."""

    @property
    def spec(self) -> SymbolSpec:
        """Return what the symbol is."""
        ...

    def days(self, first: int, last: int) -> IntArray:
        """Return five-minute candles [6, n * 288] of the UTC days first..last-1."""
        ...

    def daily(self, first: int, last: int) -> IntArray:
        """Return daily candles [6, n] of the same days."""
        ...


class GeneratedSeries:
    """Candles from the seeded generator."""

    def __init__(self, spec: SymbolSpec, seed: int, anchor: tuple[int, float] | None = None) -> None:
        self.spec = spec
        self._bars = daily_bars(spec, seed, anchor)

    def days(self, first: int, last: int) -> IntArray:
        """Return five-minute candles [6, n * 288] of the UTC days first..last-1."""
        runs = [(day, min(day + _RUN, last)) for day in range(first, last, _RUN)]
        drawn = [draw_days(self._bars[:, a - FIRST_DAY : b - FIRST_DAY], self.spec.key, a) for a, b in runs]
        candles = drawn[0] if len(drawn) == 1 else np.concatenate(drawn, axis=1)
        return silence(candles, self.spec.key, first) if self.spec.quiet else candles

    def daily(self, first: int, last: int) -> IntArray:
        """Return daily candles [6, n] of the same days."""
        if self.spec.quiet:
            return resample(self.days(first, last), PER_DAY)
        return self._bars[:, first - FIRST_DAY : last - FIRST_DAY]


def silence(candles: IntArray, key: int, first_day: int) -> IntArray:
    """Return the candles with about a third of the three-hour blocks (never a day's first or last) without a trade."""
    blocks = np.arange(candles.shape[1] // PER_DAY * _QUIET_BLOCKS) + first_day * _QUIET_BLOCKS
    place = blocks % _QUIET_BLOCKS
    chosen = (words(key + 51, blocks)[:, 0] % 3 == 0) & (place > 0) & (place < _QUIET_BLOCKS - 1)
    silent = np.repeat(chosen, PER_DAY // _QUIET_BLOCKS)
    last_traded = np.maximum.accumulate(np.where(silent, 0, np.arange(silent.size)))
    quiet = candles.copy()
    quiet[:VOLUME, silent] = candles[CLOSE][last_traded][silent]
    quiet[VOLUME:, silent] = 0
    wakes = np.flatnonzero(~silent[1:] & silent[:-1]) + 1
    quiet[OPEN, wakes] = quiet[CLOSE, wakes - 1]
    quiet[HIGH] = quiet[:VOLUME].max(axis=0)
    quiet[LOW] = quiet[:VOLUME].min(axis=0)
    return quiet


@dataclass(frozen=True, slots=True)
class Recorded:
    """Real candles of whole days from `first_day`, with the decimals they were written with."""

    first_day: int
    candles: IntArray
    price_decimals: int
    volume_decimals: int
    turnover: float

    @property
    def last_day(self) -> int:
        """Return the first day after the recording."""
        return self.first_day + int(self.candles.shape[1]) // PER_DAY


class RecordedSeries:
    """Real candles where there are any; before and after them generated ones that join without a jump."""

    def __init__(self, spec: SymbolSpec, seed: int, recorded: Recorded) -> None:
        self._recorded = recorded
        unit = 10.0**recorded.price_decimals
        self.spec = replace(
            spec,
            price=float(recorded.candles[OPEN, 0] / unit),
            price_decimals=recorded.price_decimals,
            volume_decimals=recorded.volume_decimals,
            daily_turnover=recorded.turnover,
        )
        self._before = GeneratedSeries(self.spec, seed, (recorded.first_day, float(recorded.candles[OPEN, 0] / unit)))
        self._after = GeneratedSeries(self.spec, seed, (recorded.last_day, float(recorded.candles[CLOSE, -1] / unit)))
        self._daily = resample(recorded.candles, PER_DAY)

    def _parts(self, first: int, last: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        start, stop = self._recorded.first_day, self._recorded.last_day
        inside = (max(first, start), min(last, stop))
        return (first, min(last, start)), inside, (max(first, stop), last)

    def days(self, first: int, last: int) -> IntArray:
        """Return five-minute candles [6, n * 288] of the UTC days first..last-1."""
        before, inside, after = self._parts(first, last)
        origin = self._recorded.first_day
        parts = [self._before.days(*before)] if before[0] < before[1] else []
        if inside[0] < inside[1]:
            parts.append(self._recorded.candles[:, (inside[0] - origin) * PER_DAY : (inside[1] - origin) * PER_DAY])
        if after[0] < after[1]:
            parts.append(self._after.days(*after))
        return np.concatenate(parts, axis=1)

    def daily(self, first: int, last: int) -> IntArray:
        """Return daily candles [6, n] of the same days."""
        before, inside, after = self._parts(first, last)
        origin = self._recorded.first_day
        parts = [self._before.daily(*before)] if before[0] < before[1] else []
        if inside[0] < inside[1]:
            parts.append(self._daily[:, inside[0] - origin : inside[1] - origin])
        if after[0] < after[1]:
            parts.append(self._after.daily(*after))
        return np.concatenate(parts, axis=1)


def read_recorded(path: Path) -> Recorded:
    """Read a parquet file of five-minute candles (`date` open time UTC, ohlc, volume); a missing bar becomes one without trades.

    Raises:
        ValueError: the file holds less than one whole UTC day.
    """
    table = pq.read_table(path)
    opened = table["date"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    first_day, last_day = -(-int(opened[0]) // DAY), (int(opened[-1]) + BASE) // DAY
    if last_day <= first_day:
        raise ValueError(f"expected at least one whole UTC day in {path}")
    columns = [table[name].to_numpy() for name in ("open", "high", "low", "close", "volume")]
    price_decimals = max(_decimals(column) for column in columns[:4])
    volume_decimals = _decimals(columns[4])
    candles = np.zeros((6, (last_day - first_day) * PER_DAY), dtype=np.int64)
    slot = (opened - first_day * DAY) // BASE
    inside = (slot >= 0) & (slot < candles.shape[1])
    for row, (column, decimals) in enumerate(zip(columns, [price_decimals] * 4 + [volume_decimals], strict=True)):
        candles[row, slot[inside]] = np.rint(column[inside] * 10.0**decimals)
    mean = (columns[0] + columns[1] + columns[2] + columns[3]) / 4
    turnover = columns[4] * mean
    candles[TURNOVER, slot[inside]] = np.rint(turnover[inside] * 1e4)
    _fill_missing(candles)
    return Recorded(first_day, candles, price_decimals, volume_decimals, float(turnover.mean()) * PER_DAY)


def _fill_missing(candles: IntArray) -> None:
    """Give bars that the recording lacks the last close and no volume."""
    missing = candles[CLOSE] == 0
    if missing.any():
        known = np.maximum.accumulate(np.where(missing, 0, np.arange(missing.size)))
        candles[:VOLUME, missing] = candles[CLOSE][known][missing]


def _decimals(values: FloatArray) -> int:
    """Return how many decimals the values were written with, at most ten."""
    for decimals in range(10):
        if (np.abs(np.round(values, decimals) - values) <= 1e-12 * np.abs(values)).all():
            return decimals
    return 10
