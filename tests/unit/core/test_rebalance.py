"""What is sold and bought for target shares, written by hand."""

from decimal import Decimal

import pytest

from functions.core.rebalance import Change, Coin, affordable, changes, parts


def coin(symbol: str, quantity: str, price: str = "10", lot: str = "0.1", least: str = "5") -> Coin:
    return Coin(symbol, Decimal(quantity), Decimal(price), Decimal(lot), Decimal(least))


def shares(**each: str) -> dict[str, Decimal]:
    return {name: Decimal(share) for name, share in each.items()}


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        pytest.param("0", "0.25", [("A", "25")], id="a coin that is not held is bought"),
        pytest.param("10", "0.25", [("A", "15")], id="of a coin that is held the rest is bought"),
        pytest.param("25", "0.1", [("A", "-15")], id="what is too much is sold"),
        pytest.param("25", "0.2504", [], id="less than the least order stays as it is"),
        pytest.param("25", "0.2467", [], id="also when it is too much"),
        pytest.param("3.33", "0", [("A", "-3.33")], id="a coin that is left is sold whole, also what is no whole lot"),
        pytest.param("0", "0.00604", [("A", "0.6")], id="a purchase is in whole lots"),
    ],
)
def test_change_of_one_coin(held: str, wanted: str, expected: list[tuple[str, str]]) -> None:
    found = changes([coin("A", held)], shares(A=wanted), Decimal(1000))
    assert found == [Change(symbol, Decimal(quantity)) for symbol, quantity in expected]


def test_sales_come_before_purchases_and_a_coin_without_a_share_is_left() -> None:
    coins = [coin("A", "0"), coin("B", "20"), coin("C", "7")]
    found = changes(coins, shares(A="0.3", B="0.1"), Decimal(1000))
    assert [(one.symbol, str(one.quantity)) for one in found] == [("B", "-10.0"), ("C", "-7"), ("A", "30.0")]


def test_purchase_is_cut_down_to_the_cash_with_its_fee() -> None:
    fee = Decimal("0.001")
    assert affordable(Decimal(10), Decimal(10), Decimal("0.1"), fee, Decimal("100.1")) == 10
    assert affordable(Decimal(10), Decimal(10), Decimal("0.1"), fee, Decimal(100)) == Decimal("9.9")
    assert affordable(Decimal(10), Decimal(10), Decimal("0.1"), fee, Decimal(-1)) == 0


def test_sale_takes_the_oldest_purchases_first() -> None:
    lots = [Decimal(4), Decimal(5), Decimal(6)]
    assert parts(lots, Decimal(7), Decimal("0.1")) == [4, 3, 0]
    assert parts(lots, Decimal(15), Decimal("0.1")) == lots
