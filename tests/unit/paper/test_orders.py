"""What an order may be: levels on the right side, the exchange's least amount, the account's limits."""

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.errors import Conflict, InputRejected, QuorumError
from functions.limits import Limits
from functions.listings.watch import Presence
from functions.paper.ledger import Book
from functions.paper.orders import (
    AccountRules,
    Order,
    TradedPair,
    check_affordable,
    check_allowed,
    check_size,
    levels_on_ticks,
    quantity_for,
)
from functions.paper.settling.position import ExitLevels, Fill, FillReason, Side
from tests.unit.paper.settling.tables import START

RULES = AccountRules(Decimal(1000), Costs(), Limits(position=Decimal("0.2")), allow_short=False, break_even=True)
PAIR = TradedPair("BTCUSDT", "Trading", Decimal("0.1"), Decimal("0.001"), Decimal(5), Presence(START, None, START))
BOOK = Book.opened_with(Decimal(1000))


def levels(stop: str | None, *targets: str) -> ExitLevels:
    return ExitLevels(Decimal(stop) if stop else None, tuple(map(Decimal, targets)))


def fill(cost: str) -> Fill:
    return Fill(START, FillReason.ENTRY, Decimal(1), Decimal(cost), Decimal(cost) / 1000, Decimal(0))


@pytest.mark.parametrize(
    ("side", "levels", "code", "words"),
    [
        (Side.LONG, levels("100"), "wrong_stop", "expected a stop below 100 for a long, got 100"),
        (Side.LONG, levels("101"), "wrong_stop", "got 101"),
        (Side.LONG, levels("0.04"), "wrong_stop", "got 0"),
        (Side.SHORT, levels("99"), "wrong_stop", "expected a stop above 100 for a short, got 99"),
        (Side.LONG, levels("95", "100"), "target_passed", "would fill at 100; expected its first target above that for a long"),
        (Side.SHORT, levels(None, "105"), "target_passed", "expected its first target below that for a short, got 105"),
        (Side.LONG, levels("95", "110", "105"), "wrong_targets", "targets above 100, nearest first, for a long, got 110, 105"),
        (Side.LONG, levels(None, "105", "105"), "wrong_targets", "got 105, 105"),
        (Side.SHORT, levels(None, "90", "0.01"), "wrong_targets", "targets below 100, nearest first, for a short, got 90, 0"),
    ],
)
def test_levels_on_the_wrong_side_are_refused(side: Side, levels: ExitLevels, code: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words) as caught:
        levels_on_ticks(side, levels, Decimal(100), Decimal(100), Decimal("0.1"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("side", "paid", "levels", "code"),
    [
        (Side.LONG, "100.3", levels("95", "100.2", "110"), "target_passed"),
        (Side.LONG, "100.3", levels("95", "100.3", "110"), "target_passed"),
        (Side.LONG, "100.3", levels("100.1", "110"), "wrong_stop"),
        (Side.SHORT, "99.7", levels("105", "99.8"), "target_passed"),
        (Side.SHORT, "99.7", levels("99.9", "90"), "wrong_stop"),
    ],
)
def test_levels_are_held_against_the_fill_and_the_price_seen(side: Side, paid: str, levels: ExitLevels, code: str) -> None:
    with pytest.raises(InputRejected) as caught:
        levels_on_ticks(side, levels, Decimal(100), Decimal(paid), Decimal("0.1"))
    assert caught.value.code == code


def test_levels_are_put_on_the_nearest_tick() -> None:
    laid = levels_on_ticks(Side.LONG, levels("95.04", "105.05", "110"), Decimal(100), Decimal(100), Decimal("0.1"))
    assert laid == levels("95.0", "105.1", "110.0")


def order(notional: str | None) -> Order:
    return Order("BTCUSDT", Side.LONG, Decimal(notional) if notional else None, ExitLevels(), "manual", RULES.of_trade())


@pytest.mark.parametrize(
    ("notional", "paid", "stop", "coins"),
    [
        ("100", "30", None, "3.333"),
        (None, "100", "90", "0.5"),
        (None, "104", "90", "0.357"),
        (None, "92", "90", "2.173"),
        (None, "100", "110", "0.5"),
    ],
    ids=["what is asked for", "by the risk", "further from the stop it is less", "never above the limit", "short"],
)
def test_quantity_of_an_order(notional: str | None, paid: str, stop: str | None, coins: str) -> None:
    stop_price = Decimal(stop) if stop else None
    quantity = quantity_for(order(notional), Decimal(paid), stop_price, Decimal(1000), PAIR.lot, Limits())
    assert quantity == Decimal(coins)


def test_no_amount_and_no_stop_says_nothing_of_the_size() -> None:
    with pytest.raises(InputRejected, match="expected an amount, or a stop"):
        quantity_for(order(None), Decimal(100), None, Decimal(1000), PAIR.lot, Limits())


def test_long_is_allowed() -> None:
    check_allowed(Side.LONG, PAIR, RULES, {"ETHUSDT": 1})


def test_short_is_allowed_when_the_setting_says_so() -> None:
    check_allowed(Side.SHORT, PAIR, replace(RULES, allow_short=True), {})


@pytest.mark.parametrize(
    ("side", "pair", "others", "kind", "code"),
    [
        (Side.SHORT, PAIR, {}, InputRejected, "shorts_off"),
        (Side.LONG, replace(PAIR, status="PreLaunch"), {}, InputRejected, "not_trading"),
        (Side.LONG, PAIR, {"BTCUSDT": 3}, Conflict, "already_open"),
        (Side.LONG, PAIR, {str(n): n for n in range(5)}, Conflict, "too_many_open"),
    ],
)
def test_what_is_not_allowed(side: Side, pair: TradedPair, others: dict[str, int], kind: type[QuorumError], code: str) -> None:
    with pytest.raises(kind) as caught:
        check_allowed(side, pair, RULES, others)
    assert caught.value.code == code


@pytest.mark.parametrize("cost", ["5", "200"])
def test_affordable_at_the_limits(cost: str) -> None:
    check_size(Decimal(cost), Decimal(1), PAIR)
    check_affordable(fill(cost), RULES, BOOK, Decimal(1000))


@pytest.mark.parametrize(
    ("coins", "words"), [("0", "is 0 USDT of BTCUSDT"), ("4.999", "is 4.999 USDT of BTCUSDT in whole lots, at least 5")]
)
def test_order_too_small(coins: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words) as caught:
        check_size(Decimal(coins), Decimal(1), PAIR)
    assert caught.value.code == "order_too_small"


@pytest.mark.parametrize(
    ("cost", "book", "equity", "code", "words"),
    [
        ("200.001", BOOK, "1000", "position_too_large", r"at most 200.00 USDT \(20% of the equity of 1000.00 USDT\), got 200.00"),
        ("150", BOOK, "700", "position_too_large", r"at most 140.00 USDT \(20% of the equity of 700.00 USDT\)"),
        ("5", BOOK, "-10", "position_too_large", "at most 0.00 USDT"),
        (
            "100",
            replace(BOOK, cash=Decimal(100), positions=Decimal(900)),
            "1000",
            "not_enough_cash",
            "needs 100.10 USDT with its fee, 100.00 are free",
        ),
    ],
)
def test_what_cannot_be_borne(cost: str, book: Book, equity: str, code: str, words: str) -> None:
    with pytest.raises(QuorumError, match=words) as caught:
        check_affordable(fill(cost), RULES, book, Decimal(equity))
    assert caught.value.code == code
