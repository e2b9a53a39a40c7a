"""Entering: lots, ticks, slippage, fees."""

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.paper.settling.exact import plain
from functions.paper.settling.position import (
    ExitLevels,
    Fill,
    FillReason,
    Position,
    Side,
    Terms,
    enter,
    leave,
    lots_for,
    market_price,
)
from functions.paper.settling.settlement import settle
from tests.unit.paper.settling.tables import FREE, NOTHING, START, candles, held

BYBIT = Terms(Decimal("0.1"), Decimal("0.000001"), Costs(fee=Decimal("0.001"), slippage=Decimal("0.0005")))
NONE = ExitLevels()


def test_entry_pays_slippage_tick_and_fee() -> None:
    paid = market_price(Decimal(67000), BYBIT, buys=True)
    # 67000 x 1.0005 = 67033.5; 100 / 67033.5 = 0.00149179..., cut to the lot.
    position, fill = enter(Side.LONG, lots_for(Decimal(100), paid, BYBIT.lot), paid, START, NONE, BYBIT)
    assert fill == Fill(START, FillReason.ENTRY, Decimal("67033.5"), Decimal("0.001491"), Decimal("0.0999469485"), Decimal(0))
    assert position == Position(Side.LONG, Decimal("67033.5"), Decimal("0.001491"))
    assert position.cost == Decimal("99.9469485")


def test_short_entry_sells_lower() -> None:
    assert market_price(Decimal("67000.1"), BYBIT, buys=False) == Decimal("66966.5")


def test_less_than_a_lot_is_nothing() -> None:
    assert lots_for(Decimal(10), Decimal(67000), Decimal("0.001")) == 0


def test_targets_share_in_whole_lots() -> None:
    levels = ExitLevels(None, (Decimal(1), Decimal(2), Decimal(3)))
    terms = Terms(Decimal("0.1"), Decimal(1), NOTHING)
    position, _ = enter(Side.LONG, lots_for(Decimal("10.5"), Decimal(1), terms.lot), Decimal(1), START, levels, terms)
    assert (position.quantity, position.target_quantity) == (Decimal(10), Decimal(3))


@pytest.mark.parametrize("named", [True, False])
def test_fill_says_whether_a_person_named_its_price(named: bool) -> None:
    _, fill = leave(held(), Decimal(1), Decimal(105), START, FillReason.MANUAL, FREE, named=named)
    assert fill == Fill(START, FillReason.MANUAL, Decimal(105), Decimal(1), Decimal(0), Decimal(5), named)
    _, fill = leave(held(), Decimal(1), Decimal(105), START, FillReason.STOP, FREE)
    assert not fill.named


def test_after_a_target_and_a_close_by_hand_the_targets_left_share_what_is_held() -> None:
    hit, _ = leave(replace(held(), targets_hit=1), Decimal(1), Decimal(105), START, FillReason.TARGET_1, FREE)
    half, fill = leave(hit, Decimal(1), Decimal(106), START, FillReason.MANUAL, FREE)
    assert (half.quantity, half.target_quantity, fill.profit) == (Decimal(1), Decimal("0.5"), Decimal(6))
    settlement = settle(half, candles("106 116 105 115"), FREE)
    assert [f"{fill.reason} {fill.quantity.normalize():f}" for fill in settlement.fills] == ["target_2 0.5", "target_3 0.5"]


@pytest.mark.parametrize(
    ("price", "tick", "slippage", "buys", "paid"),
    [
        ("100", "0.01", "0", True, "100"),
        ("100.005", "0.01", "0", True, "100.01"),
        ("100.005", "0.01", "0", False, "100"),
        ("0.000012", "0.000001", "0.0005", True, "0.000013"),
        ("0.000012", "0.000001", "0.0005", False, "0.000011"),
        ("0.000001", "0.000001", "0.0005", False, "0.000001"),
    ],
)
def test_market_price_is_rounded_against_the_trader(price: str, tick: str, slippage: str, buys: bool, paid: str) -> None:
    terms = Terms(Decimal(tick), Decimal(1), Costs(Decimal(0), Decimal(slippage)))
    assert market_price(Decimal(price), terms, buys=buys) == Decimal(paid)


@pytest.mark.parametrize(
    ("value", "text"),
    [("100.00", "100"), ("1E+3", "1000"), ("1E-9", "0.000000001"), ("-0.0", "0"), ("0.10", "0.1"), ("-5.50", "-5.5"), ("0", "0")],
)
def test_plain_has_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
