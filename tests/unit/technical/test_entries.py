"""Each entry on hand-written candles."""

import numpy as np
import pytest

from functions.arrays import FloatGrid
from functions.technical.engine.entries import Entries, breakout, entries, momentum, pullback


def column(*values: float) -> FloatGrid:
    return np.array(values, dtype=np.float64)[:, None]


RANGE = [100.0] * 21  # a market that stands; its highs are 101 and its lows 99


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        pytest.param([*RANGE, 102], +1, id="close above the highest high of 20 candles is a long entry"),
        pytest.param([*RANGE, 101], 0, id="close on the highest high is none"),
        pytest.param([*RANGE, 98], -1, id="close below the lowest low is a short entry"),
        pytest.param([*RANGE, 99], 0, id="close on the lowest low is none"),
        pytest.param([*RANGE, 102, 104], 0, id="second close outside is none, the first was the entry"),
        pytest.param([*RANGE, 102, 100, 104], +1, id="back inside and out again is an entry again"),
        pytest.param([*RANGE, 102, 97.9], -1, id="from above the range to below it is a short entry"),
        pytest.param([100.0] * 20 + [102], 0, id="too few candles to know whether the one before was outside"),
        pytest.param([100.0] * 22, 0, id="nothing moves"),
    ],
)
def test_breakout(closes: list[float], expected: int) -> None:
    close = column(*closes)
    # Each candle reaches 1 to both sides of the close before it, and holds its own close.
    before = np.vstack([close[:1], close[:-1]])
    high, low = np.maximum(before + 1, close), np.minimum(before - 1, close)
    assert breakout(high, low, close)[-1, 0] == expected


@pytest.mark.parametrize(
    ("rsi", "expected"),
    [
        pytest.param([39.9, 40.0], +1, id="back to 40 from below is a long entry"),
        pytest.param([39.0, 39.9], 0, id="rising below 40 is none"),
        pytest.param([40.0, 45.0], 0, id="was not below 40"),
        pytest.param([60.1, 60.0], -1, id="back to 60 from above is a short entry"),
        pytest.param([61.0, 60.1], 0, id="falling above 60 is none"),
        pytest.param([60.0, 55.0], 0, id="was not above 60"),
        pytest.param([30.0, 65.0], +1, id="through both lines upwards is a long entry only"),
        pytest.param([70.0, 35.0], -1, id="through both lines downwards is a short entry only"),
        pytest.param([np.nan, 45.0], 0, id="unknown before is none"),
    ],
)
def test_pullback(rsi: list[float], expected: int) -> None:
    assert pullback(column(*rsi))[-1, 0] == expected


@pytest.mark.parametrize(
    ("closes", "ema50", "expected"),
    [
        pytest.param([*[100.0] * 20, 99, 101], 100, +1, id="change over 20 candles turns positive above EMA50"),
        pytest.param([*[100.0] * 20, 99, 101], 102, 0, id="turns positive below EMA50"),
        pytest.param([*[100.0] * 20, 101, 99], 100, -1, id="turns negative below EMA50"),
        pytest.param([*[100.0] * 20, 101, 99], 98, 0, id="turns negative above EMA50"),
        pytest.param([*[100.0] * 20, 101, 102], 100, 0, id="was positive already"),
        pytest.param([*[100.0] * 20, 101], 100, 0, id="not known on the candle before"),
        pytest.param([100.0] * 22, 99, 0, id="no change is neither"),
    ],
)
def test_momentum(closes: list[float], ema50: float, expected: int) -> None:
    close = column(*closes)
    assert momentum(close, np.full_like(close, ema50))[-1, 0] == expected


def test_entries_are_the_three_of_each_cell() -> None:
    source = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(source.normal(0, 0.02, (200, 2)), axis=0))
    high, low, rsi, ema50 = close * 1.01, close * 0.99, source.uniform(20, 80, close.shape), np.full_like(close, 100.0)
    found = entries(high, low, close, rsi, ema50)
    for grid, expected in (
        (found.breakout, breakout(high, low, close)),
        (found.pullback, pullback(rsi)),
        (found.momentum, momentum(close, ema50)),
    ):
        assert {-1, 0, 1} == {*expected.ravel().tolist()}
        np.testing.assert_array_equal(grid, expected)


@pytest.mark.parametrize(
    ("signs", "direction", "expected"),
    [
        pytest.param((1, 0, 0), 1, True, id="breakout"),
        pytest.param((0, 1, 0), 1, True, id="pullback"),
        pytest.param((0, 0, -1), -1, True, id="momentum, short"),
        pytest.param((-1, 1, 0), 1, True, id="one of each side"),
        pytest.param((1, 1, 1), -1, False, id="all to the other side"),
        pytest.param((0, 0, 0), 1, False, id="none"),
        pytest.param((0, 1, -1), 0, False, id="no direction"),
    ],
)
def test_any_entry_points_to_a_direction(signs: tuple[int, int, int], direction: int, expected: bool) -> None:
    of_cell = Entries(*(np.array([[sign]], dtype=np.int8) for sign in signs))
    assert of_cell.any(np.array([[direction]], dtype=np.int8)).tolist() == [[expected]]
