"""Settlement for arbitrary positions and prices: cuts change nothing, nothing is lost, ticks and candles agree."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from functions.paper.settling.booking import Step
from functions.paper.settling.position import FillReason, Side, Terms
from functions.paper.settling.prices import Bar
from functions.paper.settling.settlement import settle
from tests.property.paper.worlds import all_terms, as_ticks, entries, exits, runs
from tests.unit.paper.settling.tables import FREE, SPAN, START, held


@given(st.data(), all_terms())
def test_settling_in_pieces_equals_settling_in_one_go(data: st.DataObject, terms: Terms) -> None:
    position, _ = data.draw(entries(terms))
    run = data.draw(runs(position.entry))
    leaves = data.draw(st.none() | exits())
    whole = settle(position, run, terms, leaves=leaves)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(run)), max_size=4)))
    steps: list[Step] = []
    for first, last in zip([0, *cuts], [*cuts, len(run)], strict=True):
        piece = settle(position, run[first:last], terms, leaves=leaves)
        position = piece.position
        steps += piece.steps
    assert (position, tuple(steps)) == (whole.position, whole.steps)


@given(st.data(), all_terms())
def test_quantities_add_up_and_fills_go_forward_in_time(data: st.DataObject, terms: Terms) -> None:
    position, _ = data.draw(entries(terms))
    run = data.draw(runs(position.entry))
    settlement = settle(position, run, terms)
    assert settlement.position.quantity + sum(fill.quantity for fill in settlement.fills) == position.quantity
    times = [fill.at for fill in settlement.fills]
    assert times == sorted(times)
    for fill in settlement.fills:
        assert fill.quantity > 0
        assert fill.quantity % terms.lot == 0
        assert fill.price % terms.tick == 0
        assert fill.fee == fill.price * fill.quantity * terms.costs.fee


@given(st.data(), all_terms())
def test_no_fill_knows_the_future(data: st.DataObject, terms: Terms) -> None:
    position, _ = data.draw(entries(terms))
    run = data.draw(runs(position.entry))
    known = data.draw(st.integers(0, len(run)))
    end = START + known * SPAN
    whole, part = settle(position, run, terms), settle(position, run[:known], terms)
    assert [fill for fill in whole.fills if fill.at < end] == [fill for fill in part.fills if fill.at < end]


@given(st.sampled_from(Side), st.lists(st.integers(90, 116), min_size=1, max_size=40))
def test_ticks_and_candles_agree_where_a_candle_leaves_no_doubt(side: Side, path: list[int]) -> None:
    """A path that moves a unit at a time touches every level; a candle for each step holds at most one of them."""
    steps = [Decimal(100)]
    for goal in path:
        way = 1 if goal > steps[-1] else -1
        steps += [Decimal(price) for price in range(int(steps[-1]) + way, goal + way, way)]
    position = held("long", "95 / 105 110 115") if side is Side.LONG else held("short", "105 / 95 90 85")
    by_ticks = settle(position, as_ticks(steps), FREE)
    by_candles = settle(position, as_candles(steps), FREE)
    assert [(fill.reason, fill.price, fill.quantity) for fill in by_ticks.fills] == [
        (fill.reason, fill.price, fill.quantity) for fill in by_candles.fills
    ]
    assert by_ticks.position.quantity == by_candles.position.quantity


@given(st.data(), all_terms())
def test_watching_live_closes_the_same_parts_as_replaying_the_candles(data: st.DataObject, terms: Terms) -> None:
    """Prices seen while a candle forms are prices of that candle; only price and time of a stop that they meet differ."""
    position, _ = data.draw(entries(terms))
    run = data.draw(runs(position.entry))
    replay = settle(position, run, terms)
    steps: list[Step] = []
    held_before = position.quantity
    for candle in run:
        for price in data.draw(seen_in(candle)):
            live = settle(position, (), terms, price)
            position, steps = live.position, [*steps, *live.steps]
        live = settle(position, [candle], terms)
        position, steps = live.position, [*steps, *live.steps]
    fills = [step.fill for step in steps]
    assert [(fill.reason, fill.quantity) for fill in fills] == [(fill.reason, fill.quantity) for fill in replay.fills]
    assert position.quantity == replay.position.quantity == held_before - sum(fill.quantity for fill in fills)
    assert [fill.at for fill in fills] == sorted(fill.at for fill in fills)
    for live_fill, replayed_fill in zip(fills, replay.fills, strict=True):
        if live_fill != replayed_fill:
            assert live_fill.reason in (FillReason.STOP, FillReason.BREAK_EVEN)
            assert replayed_fill.at - SPAN <= live_fill.at <= replayed_fill.at + SPAN


@st.composite
def seen_in(draw: st.DrawFn, candle: Bar) -> list[Bar]:
    """What somebody who looks once a minute sees of a candle while it forms."""
    parts = draw(st.lists(st.none() | st.integers(0, 12), max_size=4))
    return [
        Bar.tick(candle.opened_at + timedelta(minutes=minute), candle.low + (candle.high - candle.low) * part / 12)
        for minute, part in enumerate(parts, 1)
        if part is not None
    ]


def as_candles(steps: list[Decimal]) -> list[Bar]:
    """One candle for each step of a path, from where it starts to where it ends."""
    return [
        Bar(START + step * SPAN, START + (step + 1) * SPAN, opening, max(opening, closing), min(opening, closing), closing)
        for step, (opening, closing) in enumerate(pairwise(steps))
    ]
