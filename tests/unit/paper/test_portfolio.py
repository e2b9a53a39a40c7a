"""What the account shows of trades of 3 coins, entered at 40: open, without a price, held, and closed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.paper import portfolio
from functions.paper.answers import Account, OpenTrade
from functions.paper.ledger import Book
from functions.paper.settling.position import FillReason, Position, Side
from functions.paper.settling.prices import Quote
from functions.paper.trade import Trade, TradeResult, TradeRules
from tests.unit.paper.settling.tables import START

LATER = START + timedelta(seconds=20)
QUOTE = Quote("BTCUSDT", Decimal(44), Decimal(30), Decimal(50), START)
POSITION = Position(
    side=Side.LONG,
    entry=Decimal(40),
    quantity=Decimal(3),
    stop=Decimal(38),
    targets=(Decimal(42), Decimal(46)),
    targets_hit=1,
    break_even_from=START,
)
TRADE = Trade(
    id=7,
    account_id=1,
    account="manual",
    symbol="BTCUSDT",
    source="manual",
    chat_id=None,
    quantity=Decimal(6),
    position=POSITION,
    rules=TradeRules(Costs(), break_even=True),
    settled_until=START,
    opened_at=START,
)
CLOSED = TradeResult(
    trade_id=7,
    symbol="BTCUSDT",
    side=Side.LONG,
    source="manual",
    opened_at=START,
    closed_at=LATER,
    entry=Decimal(40),
    stop=Decimal(38),
    quantity=Decimal(3),
    taken=Decimal(129),
    profit=Decimal("8.7"),
    reason=FillReason.TARGET_2,
)


def test_open_trade_stands_at_the_latest_price() -> None:
    shown = portfolio.value_trade(TRADE, QUOTE, LATER)
    assert shown == OpenTrade(
        trade_id=7,
        symbol="BTCUSDT",
        side=Side.LONG,
        source="manual",
        opened_at=START,
        entry=Decimal(40),
        quantity=Decimal(3),
        cost=Decimal(120),
        stop=Decimal(40),
        targets=[Decimal(46)],
        price=Decimal(44),
        price_age_seconds=20,
        stale=False,
        held_at=None,
        unseen=0,
        unrealised=Decimal(12),
        unrealised_pct=10,
    )


def test_open_short_earns_when_the_price_falls() -> None:
    shown = portfolio.value_trade(replace(TRADE, position=replace(POSITION, side=Side.SHORT)), QUOTE, LATER)
    assert (shown.unrealised, shown.unrealised_pct) == (Decimal(-12), -10.0)


def test_open_trade_without_any_price_is_worth_its_cost() -> None:
    shown = portfolio.value_trade(TRADE, None, LATER)
    assert (shown.price, shown.price_age_seconds, shown.stale) == (None, None, True)
    assert (shown.unrealised, shown.unrealised_pct) == (Decimal(0), 0.0)


def test_open_trade_of_many_digits_is_exact() -> None:
    entry, coins = Decimal("67033.123456789012345"), Decimal("1234567890.123456789")
    trade = replace(TRADE, position=Position(Side.LONG, entry, coins))
    shown = portfolio.value_trade(trade, replace(QUOTE, price=entry + Decimal("1.000000000000001")), LATER)
    assert shown.cost == Decimal("82756941794433.211324566353764595060205")
    assert shown.unrealised == Decimal("1234567890.123458023567890123456789")


def test_held_trade_stands_at_the_last_price_that_could_be_believed() -> None:
    held = replace(TRADE, last_price=Decimal(41), held_at=START, unseen=2)
    shown = portfolio.value_trade(held, replace(QUOTE, price=Decimal(44000)), LATER)
    assert (shown.price, shown.unrealised, shown.held_at, shown.unseen) == (Decimal(41), Decimal(3), START, 2)


def test_price_is_old_after_a_minute() -> None:
    assert not portfolio.value_trade(TRADE, QUOTE, START + timedelta(seconds=60)).stale
    assert portfolio.value_trade(TRADE, QUOTE, START + timedelta(seconds=61)).stale


def test_trade_without_levels_shows_none() -> None:
    shown = portfolio.value_trade(replace(TRADE, position=Position(Side.LONG, Decimal(40), Decimal(3))), QUOTE, LATER)
    assert (shown.stop, shown.targets) == (None, [])


def test_account_adds_up_cash_positions_and_what_is_unrealised() -> None:
    book = Book(start=Decimal(1000), cash=Decimal("869.5"), positions=Decimal(120), fees=Decimal("0.5"), realised=Decimal(10))
    trades = portfolio.value_trades([TRADE, replace(TRADE, id=8, symbol="ETHUSDT")], {"BTCUSDT": QUOTE}, LATER)
    shown = portfolio.value_account(book, trades)
    assert shown == Account(
        start=Decimal(1000),
        cash=Decimal("869.5"),
        positions=Decimal(120),
        unrealised=Decimal(12),
        equity=Decimal("1001.5"),
        fees=Decimal("0.5"),
        net_profit=Decimal("-10.5"),
        return_pct=0.15,
        stale=["ETHUSDT"],
    )


def test_account_of_many_digits_is_exact() -> None:
    book = Book.opened_with(Decimal("1000000000.00000001"))
    trades = [portfolio.value_trade(TRADE, replace(QUOTE, price=Decimal("40.0000000000000000000000000001")), LATER)]
    assert portfolio.value_account(book, trades).equity == Decimal("1000000000.0000000100000000000000000003")


def test_closed_trade() -> None:
    shown = portfolio.describe_closed(CLOSED)
    assert (shown.exit, shown.profit, shown.profit_pct, shown.r) == (Decimal(43), Decimal("8.7"), 7.25, 1.45)
    assert (shown.quantity, shown.reason, shown.named, shown.unseen) == (Decimal(3), FillReason.TARGET_2, False, 0)


def test_closed_trade_without_a_stop_has_no_r() -> None:
    shown = portfolio.describe_closed(replace(CLOSED, stop=None, named=True, unseen=4))
    assert (shown.r, shown.profit_pct, shown.named, shown.unseen) == (None, 7.25, True, 4)


@pytest.mark.parametrize(
    ("taken", "exit_"), [("100", "33.333333333333"), ("200", "66.666666666667"), ("0.0000000000075", "0.000000000002")]
)
def test_exit_is_rounded_to_twelve_decimals(taken: str, exit_: str) -> None:
    assert portfolio.describe_closed(replace(CLOSED, taken=Decimal(taken))).exit == Decimal(exit_)
