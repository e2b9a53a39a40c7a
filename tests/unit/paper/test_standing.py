"""An account as it stood: 1000 USDT, a long of 3 coins from 40 at 1 h, of which one is sold at 3 h, and what came after."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.paper.admission import AccountState, HeldTrade
from functions.paper.marks import Happened, TradeHistory, stood
from functions.paper.settling.position import Fill, FillReason, Side
from tests.unit.paper.settling.tables import START

CLOSES = {"BTCUSDT": Decimal(44), "ETHUSDT": Decimal(45)}


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def seen(hours: float) -> Happened:
    return Happened(at(hours), at(hours))


def fill(hours: float, reason: FillReason, price: str, quantity: str, profit: str = "0") -> Fill:
    return Fill(at(hours), reason, Decimal(price), Decimal(quantity), Decimal("0.1"), Decimal(profit))


LONG = TradeHistory(
    "BTCUSDT",
    Side.LONG,
    Decimal(40),
    (
        fill(1, FillReason.ENTRY, "40", "3"),
        fill(3, FillReason.TARGET_1, "42", "1", "2"),
        fill(5, FillReason.STOP, "36", "2", "-8"),
    ),
    stop=Decimal(36),
)
SHORT = TradeHistory("ETHUSDT", Side.SHORT, Decimal(50), (fill(2, FillReason.ENTRY, "50", "2"),), stop=Decimal(53))


def state(happened: Happened, *trades: TradeHistory) -> AccountState:
    return stood(Decimal(1000), trades or (LONG, SHORT), CLOSES, None, happened)


@pytest.mark.parametrize(
    ("hours", "cash", "equity", "held"),
    [
        (0.5, "1000", "1000", []),
        (1, "879.9", "1011.9", [("BTCUSDT", "120", "12")]),
        (2.5, "779.8", "1021.8", [("BTCUSDT", "120", "12"), ("ETHUSDT", "100", "6")]),
        (3, "821.7", "1019.7", [("BTCUSDT", "80", "8"), ("ETHUSDT", "100", "6")]),
        (5, "893.6", "1003.6", [("ETHUSDT", "100", "6")]),
    ],
    ids=["before", "long", "and short", "part sold", "stopped"],
)
def test_account_stands_as_it_did_whatever_has_been_booked_since(
    hours: float, cash: str, equity: str, held: list[tuple[str, str, str]]
) -> None:
    then = [trade for trade in (LONG, SHORT) if trade.opened_at <= at(hours)]
    found = stood(Decimal(1000), then, CLOSES, None, seen(hours))
    assert (found.cash, found.equity, found.day_start_equity) == (Decimal(cash), Decimal(equity), Decimal(equity))
    assert [(one.symbol, one.cost, one.risk) for one in found.held] == [
        (name, Decimal(cost), Decimal(risk)) for name, cost, risk in held
    ]


def test_what_was_opened_since_keeps_its_place_but_is_no_part_of_what_the_account_had() -> None:
    found = state(seen(1.5))
    assert [one.symbol for one in found.held] == ["BTCUSDT", "ETHUSDT"]
    assert (found.cash, found.equity) == (Decimal("879.9"), Decimal("1011.9"))
    assert found.opened_at == {"BTCUSDT": at(1)}


def test_what_was_opened_since_and_is_over_takes_no_place() -> None:
    over = replace(SHORT, fills=(*SHORT.fills, fill(4, FillReason.STOP, "53", "2", "-6")))
    assert [one.symbol for one in state(seen(1.5), LONG, over).held] == ["BTCUSDT"]


def test_exit_of_the_candle_in_which_it_happened_comes_after_it_and_an_entry_of_it_before() -> None:
    found = state(Happened(at(2.9), at(3)))
    assert found.held[0].cost == Decimal(120)
    assert [one.cost for one in state(Happened(at(0.9), at(1)), LONG).held] == [Decimal(120)]
    assert state(Happened(at(3), at(3.1))).held[0].cost == Decimal(80)


def test_stop_that_stands_at_the_entry_risks_nothing() -> None:
    evens = replace(LONG, break_even_from=at(3))
    assert [state(seen(hours), evens).held[0].risk for hours in (2.5, 3)] == [Decimal(12), Decimal(0)]
    assert state(Happened(at(2.9), at(3)), evens).held[0].risk == Decimal(12)
    assert state(seen(1), replace(LONG, stop=None)).held[0].risk == Decimal(0)


def test_results_are_those_of_trades_that_were_over_by_then_the_oldest_first() -> None:
    earlier = replace(SHORT, fills=(fill(0.5, FillReason.ENTRY, "50", "2"), fill(4, FillReason.STOP, "53", "2", "-6")))
    assert state(seen(4.5), LONG, earlier).results == [(at(4), Decimal("-6.2"))]
    assert state(seen(6), LONG, earlier).results == [(at(4), Decimal("-6.2")), (at(5), Decimal("-6.3"))]


def test_pair_that_was_traded_twice_was_opened_when_it_was_opened_last() -> None:
    again = replace(LONG, fills=(fill(5.5, FillReason.ENTRY, "40", "1"),))
    assert state(seen(6), again, LONG).opened_at == {"BTCUSDT": at(5.5)}
    assert state(seen(5.2), again, LONG).opened_at == {"BTCUSDT": at(1)}


def test_day_begins_with_what_the_caller_says() -> None:
    assert stood(Decimal(1000), [LONG], CLOSES, Decimal(990), seen(1)).day_start_equity == Decimal(990)


def test_held_trades_stand_with_their_side() -> None:
    assert state(seen(2.5)).held[1] == HeldTrade("ETHUSDT", Side.SHORT, Decimal(100), Decimal(6))
