"""Longer candles from shorter ones."""

import numpy as np

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe


def resample(candles: Candles, timeframe: Timeframe) -> Candles:
    """Join candles to those of a longer timeframe, `[S, T]`.

    Open of the first part that is present, highest high, lowest low, close of the last, sum of the volumes; NaN where none is.
    A last candle that is not over yet is left out; so is a first one that begins before the grid does.

    Raises:
        ValueError: `timeframe` is not a multiple of the candles' own.
    """
    parts, rest = divmod(timeframe.milliseconds, candles.timeframe.milliseconds)
    if rest or parts < 1:
        raise ValueError(f"expected a multiple of {candles.timeframe}, got {timeframe}")
    first = int(np.argmax(candles.open_time % timeframe.milliseconds == 0)) if len(candles.open_time) else 0
    count = (len(candles.open_time) - first) // parts
    shape = (len(candles.symbols), count, parts)
    cut = slice(first, first + count * parts)
    opens, highs, lows, closes, volumes = (
        grid[:, cut].reshape(shape) for grid in (candles.open, candles.high, candles.low, candles.close, candles.volume)
    )
    present = ~np.isnan(closes)
    some = present.any(axis=2)
    earliest, latest = present.argmax(axis=2), parts - 1 - present[:, :, ::-1].argmax(axis=2)
    return Candles(
        timeframe=timeframe,
        symbols=candles.symbols,
        open_time=candles.open_time[cut][::parts],
        open=np.take_along_axis(opens, earliest[:, :, None], axis=2)[:, :, 0],
        high=np.where(some, np.where(present, highs, -np.inf).max(axis=2), np.nan),
        low=np.where(some, np.where(present, lows, np.inf).min(axis=2), np.nan),
        close=np.take_along_axis(closes, latest[:, :, None], axis=2)[:, :, 0],
        volume=np.where(some, np.where(present, volumes, 0.0).sum(axis=2), np.nan),
    )
