"""Every rule of settlement on candles written by hand. The trade is entered at 100 with 3 coins, a third for each target."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.paper.settling.position import FillReason, Position, Side, Terms, leave
from functions.paper.settling.prices import Bar
from functions.paper.settling.settlement import settle
from tests.unit.paper.settling.tables import FREE, NOTHING, SPAN, START, candles, held, shown, ticks

LONG = "95 / 105 110 115"
SHORT = "105 / 95 90 85"

# name, side, levels, candles, fills
TABLE = [
    # Nothing
    ("nothing_reached_keeps_all", "long", LONG, "100 104 96 103", ""),
    ("no_levels_keeps_all", "long", "/", "100 200 1 100", ""),
    ("just_above_the_stop_keeps_all", "long", LONG, "100 101 95.01 100", ""),
    ("just_below_the_target_keeps_all", "long", LONG, "100 104.99 96 100", ""),
    # The stop
    ("stop_touched_fills_at_the_stop", "long", LONG, "100 101 95 96", "stop 3 @ 95 at 12:05"),
    ("stop_crossed_fills_at_the_stop", "long", LONG, "100 101 90 92", "stop 3 @ 95 at 12:05"),
    ("stop_in_second_candle", "long", LONG, "100 101 99 100 | 100 101 94 96", "stop 3 @ 95 at 12:10"),
    ("gap_through_the_stop_fills_at_the_open", "long", LONG, "100 101 99 100 | 93 94 92 93", "stop 3 @ 93 at 12:05"),
    ("open_exactly_at_the_stop", "long", LONG, "95 96 94 95", "stop 3 @ 95 at 12:00"),
    ("gap_down_that_recovers_still_fills_at_the_open", "long", LONG, "90 104 90 104", "stop 3 @ 90 at 12:00"),
    ("stop_without_targets", "long", "95 /", "100 120 94 110", "stop 3 @ 95 at 12:05"),
    ("after_the_stop_nothing_more", "long", LONG, "100 101 94 96 | 96 120 90 118", "stop 3 @ 95 at 12:05"),
    # Stop first
    ("stop_and_target_in_one_candle_takes_the_stop", "long", LONG, "100 106 94 100", "stop 3 @ 95 at 12:05"),
    ("stop_and_all_targets_in_one_candle_takes_the_stop", "long", LONG, "100 120 94 118", "stop 3 @ 95 at 12:05"),
    ("stop_first_also_when_it_opened_beyond_the_target", "long", LONG, "106 107 94 100", "stop 3 @ 95 at 12:05"),
    # Targets
    ("first_target_closes_a_third", "long", LONG, "100 105 99 104", "target_1 1 @ 105 at 12:05"),
    ("two_targets_in_one_candle", "long", LONG, "100 111 99 110", "target_1 1 @ 105 at 12:05; target_2 1 @ 110 at 12:05"),
    (
        "three_targets_in_one_candle_close_all",
        "long",
        LONG,
        "100 116 99 115",
        "target_1 1 @ 105 at 12:05; target_2 1 @ 110 at 12:05; target_3 1 @ 115 at 12:05",
    ),
    (
        "three_targets_in_three_candles",
        "long",
        LONG,
        "100 106 99 105 | 105 111 104 110 | 110 116 109 115",
        "target_1 1 @ 105 at 12:05; target_2 1 @ 110 at 12:10; target_3 1 @ 115 at 12:15",
    ),
    ("gap_beyond_the_target_fills_at_the_target", "long", LONG, "107 108 106 107", "target_1 1 @ 105 at 12:05"),
    ("targets_without_a_stop", "long", "/ 105 110 115", "100 106 50 60 | 60 61 1 2", "target_1 1 @ 105 at 12:05"),
    # Break-even
    (
        "break_even_after_the_first_target",
        "long",
        LONG,
        "100 106 101 104 | 104 104 99 101",
        "target_1 1 @ 105 at 12:05; break_even 2 @ 100 at 12:10",
    ),
    (
        "break_even_not_in_the_candle_of_the_target",
        "long",
        LONG,
        "101 106 96 104 | 104 105 101 103",
        "target_1 1 @ 105 at 12:05",
    ),
    (
        "break_even_gap_fills_at_the_open",
        "long",
        LONG,
        "100 106 101 104 | 97 99 96 98",
        "target_1 1 @ 105 at 12:05; break_even 2 @ 97 at 12:05",
    ),
    (
        "break_even_comes_before_the_second_target",
        "long",
        LONG,
        "100 106 101 104 | 104 111 100 110",
        "target_1 1 @ 105 at 12:05; break_even 2 @ 100 at 12:10",
    ),
    (
        "break_even_after_the_second_target",
        "long",
        LONG,
        "100 111 101 110 | 110 110 100 101",
        "target_1 1 @ 105 at 12:05; target_2 1 @ 110 at 12:05; break_even 1 @ 100 at 12:10",
    ),
    # Shorts are the mirror
    ("short_nothing_reached", "short", SHORT, "100 104.99 95.01 100", ""),
    ("short_stop_fills_at_the_stop", "short", SHORT, "100 106 99 104", "stop 3 @ 105 at 12:05"),
    ("short_gap_through_the_stop_fills_at_the_open", "short", SHORT, "108 109 104 105", "stop 3 @ 108 at 12:00"),
    ("short_stop_and_target_in_one_candle_takes_the_stop", "short", SHORT, "100 105 80 90", "stop 3 @ 105 at 12:05"),
    ("short_first_target", "short", SHORT, "100 101 94 96", "target_1 1 @ 95 at 12:05"),
    (
        "short_break_even",
        "short",
        SHORT,
        "100 101 94 96 | 96 100 95 99",
        "target_1 1 @ 95 at 12:05; break_even 2 @ 100 at 12:10",
    ),
    (
        "short_three_targets",
        "short",
        SHORT,
        "100 101 84 86",
        "target_1 1 @ 95 at 12:05; target_2 1 @ 90 at 12:05; target_3 1 @ 85 at 12:05",
    ),
    ("short_gap_beyond_the_target_fills_at_the_target", "short", SHORT, "93 94 92 93", "target_1 1 @ 95 at 12:05"),
]


@pytest.mark.parametrize(("side", "levels", "run", "fills"), [case[1:] for case in TABLE], ids=[case[0] for case in TABLE])
def test_settle(side: str, levels: str, run: str, fills: str) -> None:
    settlement = settle(held(side, levels), candles(run), FREE)
    assert shown(settlement.fills) == [fill for fill in fills.split("; ") if fill]
    assert settlement.position.quantity == 3 - sum(fill.quantity for fill in settlement.fills)


def test_without_break_even_the_stop_stays() -> None:
    settlement = settle(held(), candles("100 106 101 104 | 104 104 99 101 | 101 101 95 96"), replace(FREE, break_even=False))
    assert shown(settlement.fills) == ["target_1 1 @ 105 at 12:05", "stop 2 @ 95 at 12:15"]


@pytest.mark.parametrize(
    ("levels", "quantity", "share", "closed"),
    [
        ("95 / 105", "3", "3", ["3"]),
        ("95 / 105 110", "3", "1.5", ["1.5", "1.5"]),
        ("95 / 105 110 115", "1", "0.333", ["0.333", "0.333", "0.334"]),
        ("95 / 105 110 115", "0.002", "0", ["0.002"]),
    ],
)
def test_last_target_takes_the_remainder(levels: str, quantity: str, share: str, closed: list[str]) -> None:
    settlement = settle(held("long", levels, quantity, share), candles("100 120 99 118"), FREE)
    assert [f"{fill.quantity:f}" for fill in settlement.fills] == closed
    assert settlement.position.quantity == 0


def test_target_that_closes_nothing_still_moves_the_stop() -> None:
    settlement = settle(held(quantity="0.002", share="0"), candles("100 106 99 105 | 105 105 99 100"), FREE)
    assert shown(settlement.fills) == ["break_even 0.002 @ 100 at 12:10"]


def test_after_a_partial_close_by_hand_the_targets_left_share_the_rest() -> None:
    half, _ = leave(held(), Decimal("1.5"), Decimal(102), START, FillReason.MANUAL, FREE)
    settlement = settle(half, candles("100 116 99 115"), FREE)
    assert [f"{fill.quantity.normalize():f}" for fill in settlement.fills] == ["0.5", "0.5", "0.5"]


def test_each_fill_has_slippage_and_fee() -> None:
    terms = Terms(Decimal("0.01"), Decimal("0.001"), costs=Costs(Decimal("0.001"), Decimal("0.0005")))
    target, stop = settle(held(), candles("100 106 101 104 | 104 104 99 101"), terms).fills
    # 105 x 0.9995 = 104.9475, and down to the tick; 100 x 0.9995 = 99.95.
    assert (target.price, target.fee, target.profit) == (Decimal("104.94"), Decimal("0.10494"), Decimal("4.94"))
    assert (stop.price, stop.fee, stop.profit) == (Decimal("99.95"), Decimal("0.1999"), Decimal("-0.10"))


def test_short_pays_slippage_upwards() -> None:
    terms = replace(FREE, costs=replace(NOTHING, slippage=Decimal("0.0005")))
    (stop,) = settle(held("short", SHORT), candles("100 106 99 104"), terms).fills
    assert (stop.price, stop.profit) == (Decimal("105.06"), Decimal("-15.18"))


def test_gap_has_slippage_on_the_open() -> None:
    (stop,) = settle(held(), candles("93 94 92 93"), replace(FREE, costs=replace(NOTHING, slippage=Decimal("0.001")))).fills
    assert stop.price == Decimal("92.90")


@pytest.mark.parametrize(
    ("run", "fills"),
    [
        ("100 101 95 94", ["stop 3 @ 95 at 12:00"]),
        ("100 101 94", ["stop 3 @ 94 at 12:00"]),
        ("100 105 104 100 99", ["target_1 1 @ 105 at 12:00", "break_even 2 @ 100 at 12:00"]),
        ("100 112 116", ["target_1 1 @ 105 at 12:00", "target_2 1 @ 110 at 12:00", "target_3 1 @ 115 at 12:00"]),
    ],
)
def test_ticks(run: str, fills: list[str]) -> None:
    assert shown(settle(held(), ticks(run), FREE).fills) == fills


def test_tick_after_the_first_target_does_not_arm_break_even_for_a_candle_that_began_before_it() -> None:
    seen = settle(held(), [Bar.tick(START + timedelta(minutes=3), Decimal(105))], FREE)
    (candle,) = candles("102 106 99 104")
    assert settle(seen.position, [candle], FREE).fills == ()
    later = replace(candle, opened_at=START + SPAN, closed_at=START + 2 * SPAN)
    assert shown(settle(seen.position, [later], FREE).fills) == ["break_even 2 @ 100 at 12:10"]


def test_candle_of_the_entry_counts_by_its_close_only() -> None:
    (candle,) = candles("100 120 90 94")
    part = candle.seen_from(START + timedelta(minutes=2))
    assert shown(settle(held(), [part], FREE).fills) == ["stop 3 @ 94 at 12:05"]
    assert candle.seen_from(START) is candle


def test_months_of_downtime_close_at_the_right_price_and_time() -> None:
    quiet = "100 101 99 100"
    run = candles(" | ".join([quiet] * 20_000 + ["100 101 94 95"] + [quiet] * 5_000))
    (stop,) = settle(held(), run, FREE).fills
    assert (stop.price, stop.at) == (Decimal(95), START + 20_001 * SPAN)


def test_closed_position_meets_nothing() -> None:
    gone = Position(Side.LONG, Decimal(100), Decimal(0), Decimal(95))
    assert settle(gone, candles("90 120 80 85"), FREE).steps == ()
