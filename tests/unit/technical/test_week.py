"""What the week before a close was like."""

from dataclasses import replace

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.week import week_before
from tests.unit.technical.making import grid, walk

DAY = 6  # candles of 4h
RISE = np.arange(1000.0, 1049.0)[None, :]


def test_week_looks_back_a_day_and_seven() -> None:
    volume = np.where(np.arange(49) >= 49 - DAY, 3.0, 1.0)[None, :]
    week = week_before(grid(Timeframe.H4, RISE, volume=volume))
    assert (week.day_ago[0, -1], week.week_ago[0, -1]) == (RISE[0, -1 - DAY], RISE[0, -1 - 7 * DAY])
    assert week.volume_ratio[0, -1] == 18 / ((18 + 36) / 7)
    assert np.isnan(week.week_ago[0, 7 * DAY - 1])
    assert np.isnan(week.volume_ratio[0, 7 * DAY - 2])


def test_week_without_a_trade_or_a_move_has_nothing_to_compare_with() -> None:
    week = week_before(grid(Timeframe.H4, np.ones((1, 49)), volume=np.zeros((1, 49)), spread=0.0))
    assert np.isnan(week.volume_ratio).all()
    assert np.isnan(week.range_ratio).all()


def test_range_is_held_against_the_weeks() -> None:
    candles = grid(Timeframe.H4, np.full((1, 60), 100.0), spread=0.01)
    assert week_before(candles).range_ratio[0, -1] == pytest.approx(1.0)
    wild = np.where(np.arange(60) >= 60 - 14, 5.0, 1.0)
    wide = replace(candles, high=100 + wild[None, :], low=100 - wild[None, :])
    # 14 of the week's 42 candles are five times as wide.
    assert week_before(wide).range_ratio[0, -1] == pytest.approx(5 / ((14 * 5 + 28) / 42))


def test_week_over_a_swap_of_coins_is_unknown() -> None:
    closes = np.concatenate([np.full(30, 1.0), np.full(30, 1000.0)])[None, :]
    week = week_before(grid(Timeframe.H4, np.concatenate([closes, np.full((1, 60), 5.0)])))
    assert np.isnan([week.week_ago[0, -1], week.volume_ratio[0, -1], week.range_ratio[0, -1]]).all()
    assert not np.isnan([week.week_ago[1, -1], week.volume_ratio[1, -1]]).any()


@pytest.mark.parametrize("timeframe", [Timeframe.M15, Timeframe.H1])
def test_newest_close_alone_is_the_last_column_of_a_history_bit_for_bit(timeframe: Timeframe) -> None:
    candles = walk(timeframe, ("AUSDT", "BUSDT", "CUSDT"), 1800)
    whole = week_before(candles)
    for end in (1800, 1555, 1430):
        alone = week_before(candles.until(end), 1)
        for name in ("day_ago", "week_ago", "volume_ratio", "range_ratio"):
            assert not np.isnan(getattr(alone, name)).any()
            assert getattr(alone, name).tobytes() == getattr(whole, name)[:, end - 1 : end].tobytes()
