"""A step of the price that no market makes: the coin is new after it, and what closed before it stays as it was."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.adhoc import frame_of
from functions.technical.engine.analysis import analyse
from functions.technical.engine.quality import Problem
from functions.technical.engine.steps import newest_stretch, since_step
from functions.technical.engine.trend import above
from functions.technical.setups.batch import decide_every_close
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Neutral
from tests.unit.technical.making import END, walk

SYMBOLS = ("BTCUSDT", "SWAPUSDT", "AAAUSDT")
BARS = 400


def swapped(timeframe: Timeframe, back: int, factor: float, *, within: bool = False, drift: float = 0.001) -> Candles:
    """A walk in which the second coin's price is `factor` times itself in the last `back` candles.

    With `within` the step lies inside the first of them: it opens at the old price.
    """
    made = walk(timeframe, SYMBOLS, BARS, drift=drift, noise=0.005)
    grids = {name: getattr(made, name).copy() for name in CANDLE_FIELDS}
    for name in ("open", "high", "low", "close"):
        grids[name][1, -back:] *= factor
    if within:
        grids["open"][1, -back] /= factor
        edges = np.stack([grids["open"][1, -back : -back + 1], grids["close"][1, -back : -back + 1]])
        grids["high"][1, -back : -back + 1] = edges.max(axis=0) * 1.001
        grids["low"][1, -back : -back + 1] = edges.min(axis=0) * 0.999
    else:
        grids["open"][1, -back] = grids["close"][1, -back]  # a swap opens where it trades
    return replace(made, **grids)


@pytest.mark.parametrize("timeframe", Timeframe)
@pytest.mark.parametrize("factor", [1000.0, 0.001, 25.0, 0.04])
def test_step_ends_the_history_before_it_on_any_timeframe(timeframe: Timeframe, factor: float) -> None:
    candles = swapped(timeframe, 30, factor)
    analysis = analyse(candles)
    assert set(analysis.problem[1, -30:].tolist()) == {Problem.SINCE_STEP}
    assert analysis.problem[1, -31] == Problem.NONE
    assert not analysis.problem[[0, 2], -30:].any()


def test_coin_is_judged_after_a_step_as_one_listed_then() -> None:
    candles = swapped(Timeframe.H1, 80, 1000.0)
    listed = {name: getattr(candles, name).copy() for name in CANDLE_FIELDS}
    for grid in listed.values():
        grid[1, :-80] = np.nan
    left, right = analyse(candles), analyse(replace(candles, **listed))
    for name in left.indicators.__dataclass_fields__:
        one, two = (getattr(found.indicators, name)[:, -80:] for found in (left, right))
        np.testing.assert_array_equal(one, two, err_msg=name)
    for back in (1, 20, 80):
        assert left.levels(BARS - back) == right.levels(BARS - back)
    assert left.problem[1, -1] == Problem.NONE
    assert left.problem[1, -21] == Problem.NONE
    assert (left.problem[1, -22], right.problem[1, -22]) == (Problem.SINCE_STEP, Problem.TOO_FEW)


def test_nothing_that_closed_before_a_step_changes_with_it() -> None:
    candles = swapped(Timeframe.H1, 30, 1000.0)
    before, whole = analyse(candles.until(BARS - 30)), analyse(candles)
    for name in before.indicators.__dataclass_fields__:
        one, two = getattr(before.indicators, name), getattr(whole.indicators, name)[:, : BARS - 30]
        np.testing.assert_array_equal(one, two, err_msg=name)
    assert before.levels(BARS - 31) == whole.levels(BARS - 31)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_candle_with_the_step_inside_belongs_to_neither_side(factor: float) -> None:
    candles = swapped(Timeframe.D1, 70, factor, within=True)
    analysis = analyse(candles)
    assert analysis.problem[1, -70] == Problem.SINCE_STEP
    assert np.isfinite(analysis.indicators.atr[1, -69 + 13])
    # The first candle after it is the first of its history: no true range reaches back over the step.
    assert analysis.indicators.atr[1, -1] < 0.1 * analysis.close[1, -1]
    assert newest_stretch(candles).tolist() == [0, BARS - 69, 0]


@pytest.mark.parametrize("factor", [19.0, 1 / 19])
def test_what_a_wild_market_may_do_is_no_step(factor: float) -> None:
    candles = swapped(Timeframe.D1, 30, factor, drift=0.0)
    grids = {name: getattr(candles, name).copy() for name in CANDLE_FIELDS}
    edge = BARS - 30
    for name in ("open", "high", "low", "close"):  # exactly nineteen times the close before
        grids[name][1, edge] = grids["close"][1, edge - 1] * factor
    assert not analyse(replace(candles, **grids), 30).problem.any()


def test_step_over_missing_candles_is_one() -> None:
    candles = swapped(Timeframe.H1, 30, 1000.0)
    grids = {name: getattr(candles, name).copy() for name in CANDLE_FIELDS}
    for grid in grids.values():
        grid[1, -32:-30] = np.nan
    assert analyse(replace(candles, **grids), 1).problem[1, 0] == Problem.SINCE_STEP


def test_two_steps_leave_the_history_after_the_second() -> None:
    candles = swapped(Timeframe.H1, 200, 1000.0)
    grids = {name: getattr(candles, name).copy() for name in CANDLE_FIELDS}
    for name in ("open", "high", "low", "close"):
        grids[name][1, -65:] /= 1000.0
    grids["open"][1, -65] = grids["close"][1, -65]
    analysis = analyse(replace(candles, **grids))
    assert analysis.problem[1, [-66, -65, -7, -6]].tolist() == [
        Problem.NONE,
        Problem.SINCE_STEP,
        Problem.SINCE_STEP,
        Problem.NONE,
    ]


def test_swap_gives_no_signal_and_says_why() -> None:
    grids = {one: swapped(one, 20, 1000.0) for one in (Timeframe.M15, Timeframe.H4, Timeframe.D1)}
    found = decide_every_close(grids, Timeframe.M15, SetupRules(), 1)
    outcome = found.outcome_at(1, 0, Decimal("0.0001"), END)
    assert isinstance(outcome, Neutral)
    assert outcome.reason.text == ("SWAPUSDT 15m has too few candles since a step of its price that no market makes: 60 needed")


def test_frame_of_any_indicator_begins_after_the_step() -> None:
    assert len(frame_of(swapped(Timeframe.H1, 30, 1000.0), 1)) == 30
    assert len(frame_of(swapped(Timeframe.H1, 30, 1000.0), 0)) == BARS


@pytest.mark.parametrize(
    ("opens", "closes", "place"),
    [
        pytest.param([], [], 0, id="nothing"),
        pytest.param([1.0, 1.0, 1.1], [1.0, 1.1, 1.2], 0, id="no step"),
        pytest.param([1.0, 1.0, 100.0, 101.0], [1.0, 1.1, 101.0, 102.0], 2, id="between two candles"),
        pytest.param([1.0, 1.0, 1.1, 101.0], [1.0, 1.1, 101.0, 102.0], 3, id="inside a candle"),
        pytest.param([1.0, 1.0, 1.1], [1.0, 1.1, 101.0], 3, id="inside the newest candle"),
        pytest.param([1.0, 100.0, 1.0], [1.0, 100.0, 1.0], 2, id="there and back"),
    ],
)
def test_series_begins_after_its_newest_step(opens: list[float], closes: list[float], place: int) -> None:
    assert since_step(np.array(opens), np.array(closes)) == place


def test_trend_of_a_swapped_coin_is_no_trend() -> None:
    analysis = analyse(swapped(Timeframe.D1, 20, 1000.0), 1)
    assert analysis.trend.direction[1, 0] == 0
    assert not above(analysis.close[1:2], analysis.indicators.ema50[1:2]).any()
