"""What must hold for any candles: no look-ahead, no dependence on scale, no exception and no infinite number, ordered prices."""

import json
from dataclasses import fields, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.resample import resample
from functions.technical.setups.batch import decide_closes
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Plan, Signal, plan
from functions.technical.setups.state_row import computed_json, reasons_of
from functions.technical.setups.verdict import DecidedCloses, indicator_rows
from tests.unit.technical.making import END, grid

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT")
DAYS = 75
KNOWN = 61  # days after which a 4h and a daily trend are sure to exist
BEFORE = 200  # days of the daily grid before the others begin: the gate's EMA200
TICK = Decimal("1e-12")
LONGER = (Timeframe.H1, Timeframe.H4, Timeframe.D1)
seeds = st.integers(0, 2**32 - 1)


def market(seed: int, tick: float | None = None) -> dict[Timeframe, Candles]:
    """Some weeks of a trending market on four timeframes that fit, quiet and wild, with gaps and candles without trades.

    Prices lie on `tick` when there is one, so that moves of the same number of ticks meet.
    """
    source = np.random.default_rng(seed)
    drift = source.choice([-1, 1]) * 0.0004
    noise = np.repeat(source.choice([0.0015, 0.005], (3, DAYS)), 96, axis=1)
    steps = drift + source.normal(0, 1, noise.shape) * noise
    closes = 100 * np.exp(np.cumsum(steps, axis=1))
    volume = source.lognormal(4, 1, closes.shape) * (source.random(closes.shape) > 0.002)
    made = grid(Timeframe.M15, closes, end=END, symbols=SYMBOLS, volume=volume, spread=0.001)
    holes = source.random(closes.shape) < 0.001
    holes |= np.repeat(source.random((3, DAYS * 24)) < 0.001, 4, axis=1)  # whole hours
    grids = {name: np.where(holes, np.nan, getattr(made, name)) for name in CANDLE_FIELDS}
    if tick:
        grids |= {name: np.maximum(np.round(grids[name] / tick), 1.0) * tick for name in ("open", "high", "low", "close")}
    quarters = Candles(Timeframe.M15, SYMBOLS, made.open_time, *grids.values())
    market = {Timeframe.M15: quarters, **{timeframe: resample(quarters, timeframe) for timeframe in LONGER}}
    return {**market, Timeframe.D1: with_days_before(market[Timeframe.D1], source, drift * 96)}


def with_days_before(days: Candles, source: np.random.Generator, drift: float) -> Candles:
    """The same days after `BEFORE` others that lead up to their first open."""
    opened = days.open_time[0] + Timeframe.D1.milliseconds * np.arange(-BEFORE, 0)
    closes = np.exp(np.cumsum(np.abs(source.normal(drift, 0.01, (3, BEFORE))) * np.sign(drift), axis=1))
    closes *= (days.open[:, :1] if np.isfinite(days.open[:, 0]).all() else 100.0) / closes[:, -1:]
    made = grid(Timeframe.D1, closes, symbols=SYMBOLS)
    joined = (np.concatenate([getattr(made, n), getattr(days, n)], axis=1) for n in CANDLE_FIELDS)
    return Candles(Timeframe.D1, SYMBOLS, np.concatenate([opened, days.open_time]), *joined)


def decide_all(candles: dict[Timeframe, Candles], timeframe: Timeframe = Timeframe.H1) -> DecidedCloses:
    higher = analyse(candles[Timeframe.D1]), analyse(candles[Timeframe.H4])
    return decide_closes(analyse(candles[timeframe]), *higher, SetupRules())


def known_at(candles: dict[Timeframe, Candles], moment: int) -> dict[Timeframe, Candles]:
    """What had closed at a moment, ms."""
    return {
        timeframe: found.until(int(np.searchsorted(found.open_time + timeframe.milliseconds, moment, side="right")))
        for timeframe, found in candles.items()
    }


def values(analysis: Analysis, column: int) -> list[NDArray[np.generic]]:
    groups = (analysis.indicators, analysis.trend, analysis.entries)
    return [getattr(group, field.name)[:, column] for group in groups for field in fields(group)] + [analysis.problem[:, column]]


def cuts(lowest: float) -> st.SearchStrategy[list[float]]:
    """Some places in a history, as fractions of it."""
    return st.lists(st.floats(lowest, 1), min_size=4, max_size=4)


@settings(max_examples=10)
@given(seed=seeds, places=cuts(0), timeframe=st.sampled_from([Timeframe.M15, *LONGER]))
def test_nothing_after_a_close_changes_what_is_computed_at_it(seed: int, places: list[float], timeframe: Timeframe) -> None:
    candles = market(seed)[timeframe]
    full = analyse(candles)
    for place in places:
        count = max(round(place * len(candles.open_time)), 1)
        short = analyse(candles.until(count))
        for left, right in zip(values(full, count - 1), values(short, -1), strict=True):
            np.testing.assert_array_equal(left, right)
        assert full.levels(count - 1) == short.levels(count - 1)


@settings(max_examples=6)
@given(seed=seeds, places=cuts(KNOWN / DAYS), timeframe=st.sampled_from([Timeframe.M15, Timeframe.H1]))
def test_nothing_after_a_close_changes_what_is_decided_at_it(seed: int, places: list[float], timeframe: Timeframe) -> None:
    candles = market(seed)
    full = decide_all(candles, timeframe)
    due = np.flatnonzero(full.decisions.direction.any(axis=0))
    columns = [round(place * (len(full.analysis.close_time) - 1)) for place in places]
    # Most closes have no entry, so closes with a signal are cut at as well.
    columns += [int(due[round(place * (len(due) - 1))]) for place in places[:2] if len(due)]
    for column in columns:
        short = decide_all(known_at(candles, int(full.analysis.close_time[column])), timeframe)
        for field in fields(full.decisions):
            np.testing.assert_array_equal(
                getattr(full.decisions, field.name)[:, column], getattr(short.decisions, field.name)[:, -1]
            )
        for symbol in range(len(SYMBOLS)):
            assert full.outcome_at(symbol, column, TICK, END) == short.outcome_at(symbol, column, TICK, END)


@settings(max_examples=8)
@given(seed=seeds, last=st.integers(1, 40))
def test_the_last_closes_alone_are_the_last_of_all_closes(seed: int, last: int) -> None:
    candles = market(seed)[Timeframe.H1]
    full, some = analyse(candles), analyse(candles, last)
    for column in range(1, last + 1):
        for left, right in zip(values(full, -column), values(some, -column), strict=True):
            np.testing.assert_array_equal(left, right)
        assert full.levels(len(full.close_time) - column) == some.levels(last - column)


@settings(max_examples=8)
@given(seed=seeds, row=st.integers(0, 2))
def test_a_symbol_is_judged_the_same_alone_and_among_others(seed: int, row: int) -> None:
    candles = market(seed)[Timeframe.H1]
    columns = {name: getattr(candles, name)[row : row + 1] for name in CANDLE_FIELDS}
    together, alone = analyse(candles), analyse(replace(candles, symbols=candles.symbols[row : row + 1], **columns))
    for left, right in zip(values(together, slice(None)), values(alone, slice(None)), strict=True):  # type: ignore[arg-type]
        np.testing.assert_array_equal(left[row : row + 1], right)


def scaled_by(candles: dict[Timeframe, Candles], factor: float) -> dict[Timeframe, Candles]:
    return {
        timeframe: replace(found, **{name: getattr(found, name) * factor for name in ("open", "high", "low", "close")})
        for timeframe, found in candles.items()
    }


@settings(max_examples=20)
@given(seed=seeds, exponent=st.integers(-6, 6), tick=st.sampled_from([None, 0.001, 0.01, 0.1]))
def test_decisions_do_not_depend_on_the_scale_of_prices(seed: int, exponent: int, tick: float | None) -> None:
    candles = market(seed, tick)
    left, right = decide_all(candles), decide_all(scaled_by(candles, 10.0**exponent))
    np.testing.assert_array_equal(left.decisions.verdict, right.decisions.verdict)
    np.testing.assert_array_equal(left.decisions.direction, right.decisions.direction)
    np.testing.assert_allclose(left.decisions.distance, right.decisions.distance, rtol=1e-9, equal_nan=True)
    for name in ("direction", "structure", "regime"):
        np.testing.assert_array_equal(getattr(left.analysis.trend, name), getattr(right.analysis.trend, name))
    # On a tick, moves up and down of the same size are told apart by rounding, as in TradingView and TA-Lib; so ADX, one of the
    # three parts of a trend's strength, may say otherwise. Nothing else of the confidence may.
    strengths = [(one.day.strength, one.four_hour.strength, one.analysis.trend.strength) for one in (left, right)]
    same = np.logical_and.reduce([one == other for one, other in zip(*strengths, strict=True)])
    assert same.all() or tick is not None
    assert same.mean() > 0.95
    np.testing.assert_allclose(left.decisions.confidence[same], right.decisions.confidence[same], rtol=1e-12)


def odd_value() -> st.SearchStrategy[float]:
    """Anything a grid could hold."""
    ordinary = st.floats(1e-9, 1e6)
    odd = st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 1e-9, 1e6, 1e308, 5e-324])
    return st.one_of(ordinary, odd)


@st.composite
def odd_candles(draw: st.DrawFn, timeframe: Timeframe) -> Candles:
    """Grids of any few candles: odd values, constant stretches, one candle, none."""
    bars = draw(st.sampled_from([0, 1, 2, 3, 15, 21, 64, 65, 130, 260]))
    base = draw(st.sampled_from([1e-9, 1.0, 1e6]))
    source = np.random.default_rng(draw(seeds))
    wild = draw(st.sampled_from([0.0, 1e-12, 0.01, 0.5]))
    closes = base * np.exp(np.clip(np.cumsum(source.normal(0, wild, (3, bars)), axis=1), -5, 5)) if bars else np.empty((3, 0))
    volume = np.full(closes.shape, draw(st.sampled_from([0.0, 1.0, 1e12])))
    made = grid(timeframe, closes, end=END, symbols=SYMBOLS, spread=draw(st.sampled_from([0.0, 0.001])), volume=volume)
    names = CANDLE_FIELDS
    grids = {name: getattr(made, name).copy() for name in names}
    for _ in range(draw(st.integers(0, 6)) if bars else 0):
        name, row, column = draw(st.sampled_from(names)), draw(st.integers(0, 2)), draw(st.integers(0, bars - 1))
        grids[name][row, column] = draw(odd_value())
    return replace(made, **grids)


@settings(max_examples=80)
@given(hours=odd_candles(Timeframe.H1), four=odd_candles(Timeframe.H4), day=odd_candles(Timeframe.D1))
def test_any_candles_give_an_answer_and_no_infinite_number(hours: Candles, four: Candles, day: Candles) -> None:
    analyses = [analyse(found) for found in (hours, day, four)]
    found = decide_closes(analyses[0], analyses[1], analyses[2], SetupRules())
    for analysis in analyses:
        for group in (analysis.indicators, analysis.trend, analysis.entries):
            assert not any(np.isinf(getattr(group, field.name)).any() for field in fields(group))
    if not len(hours.open_time):
        return
    last = len(hours.open_time) - 1
    around, values_of = found.analysis.levels(last), indicator_rows(found.analysis.indicators, last)
    for symbol in range(len(SYMBOLS)):
        outcome = found.outcome_at(symbol, last, TICK, END)
        computed = computed_json(found.analysis, symbol, last, around[symbol], values_of[symbol])
        document = {**computed, "reasons": [why.as_json() for why in reasons_of(outcome)]}
        assert json.loads(orjson.dumps(document)) == document  # nothing in it is NaN or infinite, or orjson would write null
        assert all(reason["text"] for reason in document["reasons"])


prices = st.floats(1e-9, 1e6)
ticks = st.sampled_from(["1e-12", "0.00000001", "0.0001", "0.01", "0.05", "0.5", "1", "10"])
ladders = st.tuples(st.floats(0.1, 2), st.floats(0.1, 3), st.floats(0.5, 5)).map(
    lambda t: (t[0], t[0] + t[1], t[0] + t[1] + t[2])
)


@settings(max_examples=200)
@given(direction=st.sampled_from([1, -1]), close=prices, distance=st.floats(0.001, 0.999), tick=ticks, ladder=ladders)
def test_stop_entry_and_targets_are_in_order_on_the_tick_and_keep_their_promise(
    direction: int, close: float, distance: float, tick: str, ladder: tuple[float, float, float]
) -> None:
    first, second, third = (Decimal(repr(target)) for target in ladder)
    rules = SetupRules(targets_r=(first, second, third))
    found = plan(direction, close, distance, Decimal(tick), rules)
    if not isinstance(found, Plan):
        return
    steps = [found.stop, found.entry, *found.targets]
    assert all(direction * (after - before) > 0 for before, after in pairwise(steps))
    assert min(steps) > 0
    assert all(price % Decimal(tick) == 0 for price in steps)
    span = abs(found.entry - found.stop)
    promised = sum((abs(target - found.entry) for target in found.targets), Decimal(0)) / 3 / span
    assert abs(float(promised) - found.risk_reward) <= 5e-5
    assert first + second + third >= 3 * rules.least_risk_reward
    assert promised >= (first + second + third) / 3 * Decimal("0.9")
    assert 0 <= found.position_percent <= float(rules.limits.position * 100)
    # Rounded away from the entry: never nearer than the rules say, and less than two ticks further.
    risk = Decimal(repr(close)) * Decimal(repr(distance))
    assert 0 <= span - risk < 2 * Decimal(tick)


def test_signals_do_occur_in_these_markets() -> None:
    """Without signals the properties above would say little."""
    signs = [decide_all(market(seed)).decisions.direction for seed in range(8)]
    assert sum(int((found > 0).sum()) for found in signs) > 20
    assert sum(int((found < 0).sum()) for found in signs) > 20
    found = decide_all(market(0))
    symbol, column = (int(part[0]) for part in np.nonzero(found.decisions.direction))
    assert isinstance(found.outcome_at(symbol, column, TICK, END), Signal)
