"""The engine's numbers on one made-up market, as one number: they change with the version of the rules, or not at all."""

import hashlib
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.resample import resample
from functions.technical.setups.batch import decide_every_close
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, VERSION, SetupRules
from functions.technical.setups.signal import Signal
from functions.technical.setups.signal_json import signal_columns
from functions.technical.setups.verdict import DecidedCloses
from tests.unit.technical.making import END

# Raise VERSION when this changes: what was stored under the old number would mean something else.
FINGERPRINTS = {2: "3ce8d6f1a562eaf1"}
SYMBOLS = ("BTCUSDT", "AAAUSDT", "SWAPUSDT")
DAYS, QUARTERS = 330, 45 * 96
TICK = Decimal("0.0001")


def market() -> dict[Timeframe, Candles]:
    """330 days that rise and fall, the last 45 of them in quarters, with holes, quiet candles and a coin swapped 1000:1.

    Made of integers by a plain generator, so that no other library's random numbers are part of it.
    """
    state, steps = 20240305, []
    for _ in range(len(SYMBOLS) * QUARTERS):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        steps.append((state >> 40) / 2**24 - 0.5)
    moves = np.array(steps).reshape(len(SYMBOLS), QUARTERS) * 0.012
    wave = np.sin(np.arange(QUARTERS) / 700.0) * 0.0006 + 0.0001
    quarters = _candles(Timeframe.M15, np.round(100.0 * np.cumprod(1.0 + moves + wave, axis=1), 4))
    hours, fours, days = (resample(quarters, one) for one in (Timeframe.H1, Timeframe.H4, Timeframe.D1))
    before = days.open[:, :1] * np.linspace(0.5, 1.0, DAYS - 45)[None, :] * (1.0 + 0.02 * np.sin(np.arange(DAYS - 45)))
    early = _candles(Timeframe.D1, np.round(before, 4), end=int(days.open_time[0]))
    joined = (np.concatenate([getattr(early, name), getattr(days, name)], axis=1) for name in CANDLE_FIELDS)
    whole = Candles(Timeframe.D1, SYMBOLS, np.concatenate([early.open_time, days.open_time]), *joined)
    return {Timeframe.M15: quarters, Timeframe.H1: hours, Timeframe.H4: fours, Timeframe.D1: whole}


def _candles(timeframe: Timeframe, closes: NDArray[np.float64], end: int = int(END.timestamp() * 1000)) -> Candles:
    opens = np.concatenate([closes[:, :1], closes[:, :-1]], axis=1)
    reach = 1.0 + (np.arange(closes.shape[1]) % 7) / 4000.0
    volume = np.where(np.arange(closes.shape[1]) % 301 == 300, 0.0, 50.0 + (np.arange(closes.shape[1]) * 37) % 101)
    times = end - timeframe.milliseconds * np.arange(closes.shape[1], 0, -1, dtype=np.int64)
    grids = [opens, np.maximum(opens, closes) * reach, np.minimum(opens, closes) / reach, closes, np.tile(volume, (3, 1))]
    if timeframe is Timeframe.M15:
        for grid in grids:
            grid[1, [500, 2000, 2001, 3500]] = np.nan
        for grid in grids[:4]:
            grid[2, -1500:] *= 1000.0
        grids[0][2, -1500] = grids[3][2, -1500]
        grids[2][2, -1500] = grids[3][2, -1500] / reach[-1500]
    return Candles(timeframe, SYMBOLS, times, *grids)


def fingerprint(pictures: list[DecidedCloses]) -> str:
    """Hash what was decided at every close, the levels of some, and every signal."""
    digest = hashlib.sha256()
    for picture in pictures:
        for field in fields(picture.decisions):
            grid = getattr(picture.decisions, field.name)
            # Twelve digits: the last bits of a sum may differ between processors.
            digest.update(np.ascontiguousarray(rounded(grid)).tobytes())
        for column in range(0, len(picture.analysis.close_time), 97):
            for levels in picture.analysis.levels(column):
                prices = [level.price for level in (*levels.support, *levels.resistance)]
                digest.update(",".join(f"{price:.10g}" for price in prices).encode())
        for row, column in np.argwhere(picture.decisions.direction):
            moment = datetime.fromtimestamp(int(picture.analysis.close_time[column]) / 1000, UTC)
            outcome = picture.outcome_at(int(row), int(column), TICK, moment)
            if isinstance(outcome, Signal):
                columns = {
                    name: value for name, value in signal_columns(outcome).items() if name not in ("indicators", "version")
                }
                digest.update(repr(columns).encode())
    return digest.hexdigest()[:16]


def rounded(grid: NDArray[np.generic]) -> NDArray[np.generic]:
    """Floats to ten significant digits, NaN as it is; anything else unchanged."""
    if grid.dtype.kind != "f":
        return grid
    known = np.where(np.isfinite(grid) & (grid != 0), grid, 1.0)
    scale = 10.0 ** (9 - np.floor(np.log10(np.abs(known))))
    return np.where(np.isfinite(grid) & (grid != 0), np.round(known * scale), grid)


def test_numbers_change_with_the_version_of_the_rules_alone() -> None:
    candles = market()
    pictures = [decide_every_close(candles, timeframe, SetupRules()) for timeframe in ENTRY_TIMEFRAMES]
    assert min(int((picture.decisions.direction != 0).sum()) for picture in pictures) > 10
    assert len({int(verdict) for picture in pictures for verdict in np.unique(picture.decisions.verdict)}) > 6
    assert {VERSION: fingerprint(pictures)} == FINGERPRINTS
