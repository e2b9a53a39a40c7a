"""What is told of a trade: each figure in its place."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.paper.answers import TradeClosed, TradeHeld, TradeOpened
from functions.paper.events import closed_event, failed_event, held_event, opened_event, percent, ratio, risk_of
from functions.paper.settling.advance import Hold
from functions.paper.settling.position import Fill, FillReason
from tests.unit.paper.settling.tables import START, held
from tests.unit.paper.trades import trade

LATER = START + timedelta(minutes=7)
SHORT = trade(position=held("short", "105 / 95 90"), chat_id=42, unseen=2)


def fill(reason: FillReason, price: str, quantity: str, **more: object) -> Fill:
    return Fill(LATER, reason, Decimal(price), Decimal(quantity), Decimal("0.5"), Decimal(7), **more)  # type: ignore[arg-type]


def test_opened_trade_is_told_with_its_risk() -> None:
    assert opened_event(SHORT, fill(FillReason.ENTRY, "100", "3"), Decimal(690)) == TradeOpened(
        account="main",
        trade_id=7,
        symbol="BTCUSDT",
        side=SHORT.position.side,
        source="signal",
        chat="42",
        at=LATER,
        price=Decimal(100),
        quantity=Decimal(3),
        cost=Decimal(300),
        fee=Decimal("0.5"),
        stop=Decimal(105),
        targets=[Decimal(95), Decimal(90)],
        risk=Decimal(15),
        cash=Decimal(690),
    )


def test_fill_that_closes_a_part_is_told_with_where_the_stop_stands() -> None:
    after = replace(SHORT.position, quantity=Decimal(2))
    told = closed_event(SHORT, after, fill(FillReason.TARGET_1, "95", "1"), Decimal("4.5"), Decimal(800), asked_by=9)
    assert told == TradeClosed(
        account="main",
        trade_id=7,
        symbol="BTCUSDT",
        side=after.side,
        source="signal",
        chat="42",
        asked_by="9",
        reason=FillReason.TARGET_1,
        at=LATER,
        opened_at=START,
        entry=Decimal(100),
        price=Decimal(95),
        quantity=Decimal(1),
        fee=Decimal("0.5"),
        profit=Decimal(7),
        remaining=Decimal(2),
        final=False,
        named=False,
        unseen=2,
        stop=Decimal(105),
        trade_profit=Decimal("4.5"),
        trade_profit_pct=1.5,
        r=0.3,
        cash=Decimal(800),
    )


def test_last_fill_has_no_stop_any_more_and_a_trade_without_one_no_multiple_of_its_risk() -> None:
    bare = trade(position=held(levels="/"))
    told = closed_event(
        bare, replace(bare.position, quantity=Decimal(0)), fill(FillReason.MANUAL, "90", "3"), Decimal(-30), Decimal(0)
    )
    assert (told.final, told.stop, told.r, told.chat, told.asked_by, told.trade_profit_pct) == (
        True,
        None,
        None,
        None,
        None,
        -10.0,
    )


def test_stop_of_a_fill_is_the_one_that_stands_after_it() -> None:
    moved = replace(SHORT.position, quantity=Decimal(2), break_even_from=LATER)
    named = fill(FillReason.MANUAL, "95", "1", named=True)
    told = closed_event(SHORT, moved, named, Decimal(4), Decimal(800))
    assert (told.stop, told.named) == (Decimal(100), True)
    assert closed_event(SHORT, replace(moved, quantity=Decimal(0)), named, Decimal(4), Decimal(800)).stop is None


def test_trade_that_waits_says_why() -> None:
    common = {"account": "main", "trade_id": 7, "symbol": "BTCUSDT", "side": SHORT.position.side, "chat": "42", "at": LATER}
    jump = held_event(SHORT, Hold(at=LATER, last=Decimal(100), price=Decimal(3)))
    assert jump == TradeHeld(**common, why="price_jump", last=Decimal(100), price=Decimal(3))
    assert failed_event(SHORT, LATER) == TradeHeld(**common, why="failed", last=None, price=None)


def test_risk_is_what_the_stop_loses() -> None:
    assert risk_of(held(levels="95 /"), Decimal(2)) == Decimal(10)
    assert risk_of(held(levels="/"), Decimal(2)) is None


@pytest.mark.parametrize(("part", "whole", "percents", "times"), [("1", "3", 33.3333, 0.3333), ("-2", "3", -66.6667, -0.6667)])
def test_shares_are_rounded_to_four_places(part: str, whole: str, percents: float, times: float) -> None:
    assert percent(Decimal(part), Decimal(whole)) == percents
    assert ratio(Decimal(part), Decimal(whole)) == times
    assert percent(Decimal(part), Decimal(0)) == 0.0
