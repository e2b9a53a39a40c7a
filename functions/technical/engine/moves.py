"""What prices and volumes did in a day and in a week before each close: what the momentum factor is made of."""

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.momentum import Moves
from functions.market.candles.grid import Timeframe
from functions.technical.engine.windows import rolling_sum, shift


def moves(close: FloatGrid, volume: FloatGrid, daily_range: FloatGrid, timeframe: Timeframe) -> Moves:
    """Return the moves at each close of a timeframe, `[S, T]`; warm-up 7 days and a candle.

    Args:
        close: price, `[T, S]`, a missing candle filled with the last close.
        volume: in coins, `[T, S]`, 0 in a missing candle.
        daily_range: ATR(14) of the newest daily candle at each close, in price, `[S, T]`.
        timeframe: of the candles; a day must be a whole number of them.
    """
    day = Timeframe.D1.milliseconds // timeframe.milliseconds
    week_volume = rolling_sum(volume, 7 * day)
    usual = np.where(week_volume > 0, week_volume, np.nan) / 7
    return Moves(
        close=close.T,
        day_ago=shift(close, day).T,
        week_ago=shift(close, 7 * day).T,
        daily_range=daily_range,
        volume_ratio=(rolling_sum(volume, day) / usual).T,
    )
