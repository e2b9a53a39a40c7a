"""Whole hand-written candle tables: from candles of every timeframe to the signal, or to the reason for none.

Prices go in straight lines, so that what is expected can be worked out by hand: a candle opens where the one before closed and
reaches `reach` beyond its body, so a line that moves by `step` has a true range of `step + 2 * reach` at every candle.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.setups.batch import decide_every_close
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Neutral, Signal
from tests.unit.technical.making import END

SYMBOLS = ("BTCUSDT", "AAAUSDT")
NAN = float("nan")
TICK = Decimal("0.01")


def line(bars: int, last: float, step: float) -> list[float]:
    """Closes in a straight line."""
    return [last - step * back for back in range(bars - 1, -1, -1)]


@dataclass(frozen=True)
class Table:
    """One symbol's candles of a timeframe: closes, how far each candle reaches beyond its body, and volumes of the newest."""

    closes: list[float]
    reach: float = 1.0
    volumes: tuple[float, ...] = ()

    def grids(self, bars: int) -> list[NDArray[np.float64]]:
        """Open, high, low, close, volume; the candles before the table's first are missing."""
        close = np.array(self.closes)
        opens = np.concatenate([close[:1], close[:-1]])
        volume = np.full(len(close), 100.0)
        if self.volumes:
            volume[-len(self.volumes) :] = self.volumes
        made = (opens, np.maximum(opens, close) + self.reach, np.minimum(opens, close) - self.reach, close, volume)
        return [np.concatenate([np.full(bars - len(close), np.nan), values]) for values in made]


def candles(timeframe: Timeframe, gate: Table, coin: Table) -> Candles:
    bars = max(len(gate.closes), len(coin.closes))
    rows = [gate.grids(bars), coin.grids(bars)]
    times = int(END.timestamp() * 1000) - timeframe.milliseconds * np.arange(bars, 0, -1, dtype=np.int64)
    return Candles(timeframe, SYMBOLS, times, *(np.stack(grids) for grids in zip(*rows, strict=True)))


def flat_then(*newest: float, flat: float = 100.0, bars: int = 80) -> list[float]:
    return [flat] * (bars - len(newest)) + list(newest)


# The coin's day: ATR 1 + 2 x 2 = 5, so the stop is 10 away from 100. Its 4h: ATR 0.2 + 2 x 0.4 = 1, so four of them are 4.
UP_DAY, DOWN_DAY = Table(line(80, 100, 1.0), 2.0), Table(line(80, 100, -1.0), 2.0)
UP_FOUR, DOWN_FOUR = Table(line(80, 100, 0.2), 0.4), Table(line(80, 100, -0.2), 0.4)
UP_GATE, DOWN_GATE = Table(line(260, 1000, 2.0)), Table(line(260, 1000, -2.0))
BREAKOUT = Table(flat_then(100.1, 100.1, 102.0), 0.5, (200.0,))
SOUND: dict[str, Any] = {"gate": UP_GATE, "day": UP_DAY, "four": UP_FOUR, "own": BREAKOUT}
SHORT: dict[str, Any] = {
    "gate": DOWN_GATE,
    "day": DOWN_DAY,
    "four": DOWN_FOUR,
    "own": Table(flat_then(99.9, 99.9, 98.0), 0.5, (200.0,)),
}


def outcome_at(timeframe: Timeframe = Timeframe.M15, rules: SetupRules | None = None, **changes: Table) -> Signal | Neutral:
    tables = {**SOUND, **changes}
    made = {
        timeframe: candles(timeframe, replace(BREAKOUT, closes=line(80, 1000, 1.0)), tables["own"]),
        Timeframe.H4: candles(Timeframe.H4, replace(UP_FOUR, closes=line(80, 1000, 1.0)), tables["four"]),
        Timeframe.D1: candles(Timeframe.D1, tables["gate"], tables["day"]),
    }
    return decide_every_close(made, timeframe, rules or SetupRules(), 1).outcome_at(1, 0, TICK, END + timedelta(seconds=1))


def signal(timeframe: Timeframe = Timeframe.M15, rules: SetupRules | None = None, **changes: Table) -> Signal:
    found = outcome_at(timeframe, rules, **changes)
    assert isinstance(found, Signal), found
    return found


def entries_of(found: Signal) -> list[str]:
    return [reason.code.value.removeprefix("entry_") for reason in found.reasons if reason.code.value.startswith("entry_")]


def test_breakout_upwards_is_a_long_with_its_stop_on_the_daily_atr() -> None:
    found = signal()
    assert (found.direction.value, entries_of(found)) == ("LONG", ["breakout"])
    prices = [float(price) for price in (found.plan.entry, found.plan.stop, *found.plan.targets)]
    # ATR(14) of a symbol's first 80 days still remembers the first candle, which had no step, by 1 x (13/14)^66 / 14.
    assert prices == pytest.approx([102, 92, 109, 122, 142], abs=0.02)
    assert found.plan.risk_reward == pytest.approx(6.7 / 3, abs=1e-3)
    assert found.plan.position_percent == pytest.approx(0.5 / (10 / 102), abs=0.01)


def test_breakout_downwards_under_everything_falling_is_a_short() -> None:
    found = signal(**SHORT)
    assert (found.direction.value, entries_of(found)) == ("SHORT", ["breakout"])
    prices = [float(price) for price in (found.plan.entry, found.plan.stop, *found.plan.targets)]
    assert prices == pytest.approx([98, 108, 91, 78, 58], abs=0.02)


def test_confidence_of_straight_lines() -> None:
    # A straight line has no swings: two of three for 1d and 4h. The flat market's own trend has neither swings nor ADX.
    assert signal().confidence == pytest.approx(0.3 * 2 / 3 + 0.3 * 2 / 3 + 0.2 / 3 + 0.1 + 0.1, abs=1e-4)
    assert signal(own=replace(BREAKOUT, volumes=(100.0,))).confidence == pytest.approx(0.3 * 4 / 3 + 0.2 / 3 + 0.1, abs=1e-4)


@pytest.mark.parametrize(
    ("four", "share", "code"),
    [
        pytest.param(UP_FOUR, 2 / 3, "four_hour_agrees", id="4h rises too"),
        pytest.param(Table([100.0] * 80, 0.4), 0.5, "four_hour_flat", id="4h stands on its averages"),
        pytest.param(DOWN_FOUR, 0.0, "four_hour_conflicts", id="4h falls"),
    ],
)
def test_four_hour_trend_weighs_in_the_confidence(four: Table, share: float, code: str) -> None:
    found = signal(four=four)
    assert code in [reason.code.value for reason in found.reasons]
    assert found.confidence == pytest.approx(0.3 * 2 / 3 + 0.3 * share + 0.2 / 3 + 0.2, abs=1e-4)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        pytest.param(flat_then(100.1, 100.1, 102.0), ["breakout"], id="out of the range of 20 candles"),
        pytest.param([99.9, 100.1] * 39 + [99.9, 100.3], ["momentum"], id="20-candle change turns positive above EMA50"),
        pytest.param(flat_then(102.0), ["breakout", "momentum"], id="both at once"),
        pytest.param(flat_then(99.8, 99.7, 99.6, 99.5, 99.8), ["pullback"], id="RSI back above 40"),
    ],
)
def test_each_entry_from_candles(closes: list[float], expected: list[str]) -> None:
    assert entries_of(signal(own=Table(closes, 0.5))) == expected


@pytest.mark.parametrize(
    ("timeframe", "life"),
    [pytest.param(Timeframe.M15, timedelta(hours=1), id="15m"), pytest.param(Timeframe.H1, timedelta(hours=4), id="1h")],
)
def test_signal_of_either_timeframe_lives_four_candles(timeframe: Timeframe, life: timedelta) -> None:
    found = signal(timeframe)
    assert (found.close_time, found.expires_at - found.close_time) == (END, life)


def test_stop_on_four_hours_when_that_is_wider() -> None:
    # ATR(4h) 0.2 + 2 x 1.9 = 4: four of them are 16, more than 10.
    found = signal(four=Table(line(80, 100, 0.2), 1.9))
    assert float(found.plan.entry - found.plan.stop) == pytest.approx(16, abs=0.02)


def test_cost_above_3_percent_of_the_stop_is_warned_of() -> None:
    # ATR(1d) 1 + 2 x 1.5 = 4, stop 8 of 102: 0.3% over 7.84% is 3.8%.
    found = signal(day=Table(line(80, 100, 1.0), 1.5))
    assert found.reasons[-1].text == "round-trip cost is 3.8% of the stop distance"


NONE: list[tuple[str, dict[str, Any], str]] = [
    ("gate between its averages", {"gate": Table([*line(230, 1000, 2.0), *line(30, 850, -5.0)])}, "gate_closed"),
    ("gate falls, coin rises", {"gate": DOWN_GATE}, "trend_against"),
    ("gate a candle too young for EMA200", {"gate": Table(line(199, 1000, 2.0))}, "gate_unknown"),
    ("gate just old enough", {"gate": Table(line(200, 1000, 2.0))}, ""),
    ("gate a day late", {"gate": Table([*line(260, 1000, 2.0), NAN])}, "stale_input"),
    ("day falls", {"day": DOWN_DAY}, "trend_against"),
    ("day flat", {"day": Table([100.0] * 80, 2.0)}, "trend_against"),
    ("day never moved", {"day": Table([100.0] * 80, 0.0)}, "higher_unusable"),
    ("day too young", {"day": Table(line(59, 100, 1.0), 2.0)}, "higher_unusable"),
    ("day not traded", {"day": replace(UP_DAY, volumes=(0.0,))}, "higher_unusable"),
    ("day late", {"day": Table([*line(79, 100, 1.0), NAN], 2.0)}, "stale_input"),
    ("4h late by two", {"four": Table([*line(78, 100, 0.2), NAN, NAN], 0.4)}, "stale_input"),
    ("4h with holes", {"four": Table([*line(70, 100, 0.2), NAN, NAN, NAN, *line(7, 100, 0.1)], 0.4)}, "higher_unusable"),
    ("no entry", {"own": Table(flat_then(100.0), 0.5)}, "no_entry"),
    ("entry downwards", {"own": Table(flat_then(99.9, 99.9, 98.0), 0.5)}, "no_entry"),
    ("breakout one candle ago", {"own": Table(flat_then(100.1, 102.0, 102.1), 0.5)}, "no_entry"),
    ("own candle missing", {"own": Table(flat_then(102.0, NAN), 0.5)}, "stale_input"),
    ("own candle not traded", {"own": replace(BREAKOUT, volumes=(0.0,))}, "no_trades"),
    ("own history too short", {"own": Table(flat_then(102.0, bars=59), 0.5)}, "too_few_candles"),
    ("own history just long enough", {"own": Table(flat_then(102.0, bars=60), 0.5)}, ""),
    ("own history with holes", {"own": Table(flat_then(NAN, NAN, NAN, 100.1, 102.0), 0.5)}, "gaps"),
    ("own price never moved", {"own": Table(flat_then(100.0), 0.0)}, "flat_price"),
    (
        "day too quiet for the cost",
        {"day": Table(line(80, 100, 1.0), 0.5), "four": Table(line(80, 100, 0.2), 0.1)},
        "cost_too_high",
    ),
    ("day so wild that the stop is below zero", {"day": Table(line(80, 200, 1.0), 30.0)}, "out_of_range"),
]


@pytest.mark.parametrize(("changes", "code"), [c[1:] for c in NONE], ids=[c[0] for c in NONE])
def test_what_stands_in_the_way(changes: dict[str, Any], code: str) -> None:
    found = outcome_at(**changes)
    assert (found.reason.code.value if isinstance(found, Neutral) else "") == code
