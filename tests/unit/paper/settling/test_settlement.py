"""What settlement does beside the fills of `fills`: lots, costs, ticks. The trade is entered at 100 with 3 coins."""

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


def test_each_step_says_what_is_held_after_it() -> None:
    settlement = settle(held(), candles("100 111 101 104 | 104 104 99 101"), FREE)
    assert [step.after.quantity for step in settlement.steps] == [2, 1, 0]
    assert settlement.steps[-1].after == settlement.position


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
    (target,) = settle(held("short", SHORT), candles("100 101 94 96"), terms).fills
    assert (target.price, target.profit) == (Decimal("95.05"), Decimal("4.95"))


def test_target_of_a_resting_order_pays_no_slippage_and_its_stop_does() -> None:
    terms = replace(FREE, costs=replace(NOTHING, slippage=Decimal("0.001")), by_limit=True)
    target, stop = settle(held(), candles("100 106 101 104 | 104 104 99 101"), terms).fills
    assert (target.price, stop.price) == (Decimal(105), Decimal("99.90"))


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
