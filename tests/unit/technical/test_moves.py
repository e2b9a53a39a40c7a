"""What a price and its volume did before a close."""

import numpy as np

from functions.market.candles.grid import Timeframe
from functions.technical.engine.moves import moves

DAY = 6  # candles of 4h


def test_moves_look_back_a_day_and_a_week() -> None:
    close = np.arange(1.0, 50.0)[:, None]
    volume = np.where(np.arange(49) >= 49 - DAY, 3.0, 1.0)[:, None]
    found = moves(close, volume, np.full((1, 49), 2.0), Timeframe.H4)
    assert (found.close[0, -1], found.day_ago[0, -1], found.week_ago[0, -1]) == (49, 49 - DAY, 49 - 7 * DAY)
    assert found.volume_ratio[0, -1] == 18 / ((18 + 36) / 7)
    assert np.isnan(found.week_ago[0, 7 * DAY - 1])
    assert np.isnan(found.volume_ratio[0, 7 * DAY - 2])


def test_week_without_a_trade_has_no_volume_to_compare_with() -> None:
    found = moves(np.ones((49, 1)), np.zeros((49, 1)), np.ones((1, 49)), Timeframe.H4)
    assert np.isnan(found.volume_ratio).all()
