"""Equity of any moment, from fills and closes: 1000 USDT, a long of 3 coins from 40 and a short of 2 from 50."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.paper.marks import EquityMark, TradeHistory, mark
from functions.paper.settling.position import Fill, FillReason, Side
from tests.unit.paper.settling.tables import START

CLOSES = {"BTCUSDT": Decimal(44), "ETHUSDT": Decimal(45)}


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def fill(hours: float, reason: FillReason, price: str, quantity: str, profit: str) -> Fill:
    return Fill(at(hours), reason, Decimal(price), Decimal(quantity), Decimal("0.1"), Decimal(profit))


LONG = TradeHistory(
    "BTCUSDT",
    Side.LONG,
    Decimal(40),
    (
        fill(1, FillReason.ENTRY, "40", "3", "0"),
        fill(3, FillReason.TARGET_1, "42", "1", "2"),
        fill(5, FillReason.BREAK_EVEN, "40", "2", "0"),
    ),
)
SHORT = TradeHistory("ETHUSDT", Side.SHORT, Decimal(50), (fill(2, FillReason.ENTRY, "50", "2", "0"),))


@pytest.mark.parametrize(
    ("hours", "equity"),
    [(0, "1000"), (1, "1011.9"), (2, "1021.8"), (3, "1019.7"), (4, "1019.7"), (5, "1011.6"), (500, "1011.6")],
    ids=["before", "long", "and short", "part of the long", "between", "short alone", "long after"],
)
def test_equity_of_a_moment(hours: float, equity: str) -> None:
    assert mark(Decimal(1000), [LONG, SHORT], CLOSES, at(hours)) == EquityMark(Decimal(equity), ())


def test_order_of_trades_and_fills_does_not_matter() -> None:
    backwards = replace(LONG, fills=LONG.fills[::-1])
    assert mark(Decimal(1000), [SHORT, backwards], CLOSES, at(4)) == mark(Decimal(1000), [LONG, SHORT], CLOSES, at(4))


def test_trade_without_a_close_stands_at_its_cost_and_is_named() -> None:
    assert mark(Decimal(1000), [LONG, SHORT], {"BTCUSDT": Decimal(44)}, at(2)) == EquityMark(Decimal("1011.8"), ("ETHUSDT",))
    assert mark(Decimal(1000), [LONG], {}, at(6)).unpriced == ()


@pytest.mark.parametrize(("held", "equity"), [(2, "1002.9"), (3, "1011.9")])
def test_held_trade_stands_at_the_last_price_that_could_be_believed(held: float, equity: str) -> None:
    trade = replace(LONG, held_at=at(held), last_price=Decimal(41))
    assert mark(Decimal(1000), [trade], CLOSES, at(2.5)).equity == Decimal(equity)


def test_long_numbers_are_exact() -> None:
    closes = {"ETHUSDT": Decimal("49.9999999999999999999999999999999999")}
    assert mark(Decimal(1000), [SHORT], closes, at(2)).equity == Decimal("999.9000000000000000000000000000000002")


def test_trade_stands_at_its_last_sound_price_from_the_moment_it_is_held() -> None:
    doubted = replace(LONG, held_at=at(4), last_price=Decimal(41))
    assert doubted.price_at(at(4), CLOSES) == Decimal(41)
    assert doubted.price_at(at(3.9), CLOSES) == Decimal(44)
