"""Costs and limits: what a fill costs, and how much may be put at risk."""

from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.limits import Limits


def test_cost_of_a_side_is_fee_and_slippage() -> None:
    assert Costs().per_side == Decimal("0.0015")


@pytest.mark.parametrize(
    ("entry", "stop", "share"),
    [("100", "90", "0.05"), ("100", "110", "0.05"), ("100", "80", "0.025"), ("100", "99", "0.2"), ("0.02", "0.018", "0.05")],
)
def test_share_of_equity(entry: str, stop: str, share: str) -> None:
    assert Limits().share(Decimal(entry), Decimal(stop)) == Decimal(share)


def test_quantity_loses_the_risk_and_no_more() -> None:
    limits = Limits(risk=Decimal("0.01"), position=Decimal("0.5"))
    quantity = limits.quantity(Decimal(1000), Decimal(100), Decimal("93.3"), Decimal("0.001"))
    assert quantity == Decimal("1.492")
    assert quantity * Decimal("6.7") <= 10 < (quantity + Decimal("0.001")) * Decimal("6.7")


def test_quantity_keeps_to_the_position_limit() -> None:
    assert Limits().quantity(Decimal(1000), Decimal(100), Decimal(99), Decimal("0.001")) == 2


@pytest.mark.parametrize(("equity", "lot"), [("-5", "0.001"), ("0", "0.001"), ("1000", "10")])
def test_nothing_to_trade_with(equity: str, lot: str) -> None:
    assert Limits().quantity(Decimal(equity), Decimal(100), Decimal(90), Decimal(lot)) == 0
