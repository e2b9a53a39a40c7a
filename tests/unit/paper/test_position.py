"""Entering: lots, ticks, slippage, fees."""

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.paper.exact import plain
from functions.paper.position import Levels, Side, Terms, enter, market_price
from tests.unit.paper.tables import START

BYBIT = Terms(Decimal("0.1"), Decimal("0.000001"), fee_rate=Decimal("0.001"), slippage=Decimal("0.0005"))
NONE = Levels()


def test_entry_pays_slippage_tick_and_fee() -> None:
    entered = enter(Side.LONG, Decimal(100), Decimal(67000), START, NONE, BYBIT)
    assert entered is not None
    position, fill = entered
    # 67000 x 1.0005 = 67033.5; 100 / 67033.5 = 0.00149179..., cut to the lot.
    assert (fill.price, fill.quantity) == (Decimal("67033.5"), Decimal("0.001491"))
    assert fill.fee == Decimal("0.0999469485")
    assert position.cost == Decimal("99.9469485")
    assert position.entry == fill.price


def test_short_entry_sells_lower() -> None:
    entered = enter(Side.SHORT, Decimal(100), Decimal("67000.1"), START, NONE, BYBIT)
    assert entered is not None
    assert entered[1].price == Decimal("66966.5")


def test_less_than_a_lot_is_nothing() -> None:
    assert enter(Side.LONG, Decimal(10), Decimal(67000), START, NONE, replace(BYBIT, lot=Decimal("0.001"))) is None


def test_targets_share_in_whole_lots() -> None:
    levels = Levels(None, (Decimal(1), Decimal(2), Decimal(3)))
    entered = enter(
        Side.LONG, Decimal("10.5"), Decimal(1), START, levels, Terms(Decimal("0.1"), Decimal(1), Decimal(0), Decimal(0))
    )
    assert entered is not None
    assert (entered[0].quantity, entered[0].target_quantity) == (Decimal(10), Decimal(3))


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
    terms = Terms(Decimal(tick), Decimal(1), Decimal(0), Decimal(slippage))
    assert market_price(Decimal(price), terms, buys=buys) == Decimal(paid)


@pytest.mark.parametrize(
    ("value", "text"),
    [("100.00", "100"), ("1E+3", "1000"), ("1E-9", "0.000000001"), ("-0.0", "0"), ("0.10", "0.1"), ("-5.50", "-5.5"), ("0", "0")],
)
def test_plain_has_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
