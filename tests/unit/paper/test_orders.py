"""What an order may be: levels on the right side, the exchange's least amount, the account's limits."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from functions.errors import Conflict, InputRejected, QuorumError
from functions.paper.ledger import Book
from functions.paper.orders import Instrument, Rules, check_affordable, check_allowed, on_ticks
from functions.paper.position import Fill, Levels, Reason, Side
from tests.unit.paper.tables import START

RULES = Rules(Decimal(1000), Decimal("0.001"), Decimal("0.0005"), 5, Decimal("0.2"), allow_short=False, break_even=True)
PAIR = Instrument("BTCUSDT", "Trading", Decimal("0.1"), Decimal("0.001"), Decimal(5), datetime(2024, 3, 5, tzinfo=UTC))
BOOK = Book.opened_with(Decimal(1000))


def levels(stop: str | None, *targets: str) -> Levels:
    return Levels(Decimal(stop) if stop else None, tuple(map(Decimal, targets)))


def fill(cost: str) -> Fill:
    return Fill(START, Reason.ENTRY, Decimal(1), Decimal(cost), Decimal(cost) / 1000, Decimal(0))


@pytest.mark.parametrize(
    ("side", "asked", "code"),
    [
        (Side.LONG, levels("100"), "wrong_stop"),
        (Side.LONG, levels("101"), "wrong_stop"),
        (Side.LONG, levels("0.04"), "wrong_stop"),
        (Side.SHORT, levels("99"), "wrong_stop"),
        (Side.LONG, levels("95", "100"), "wrong_targets"),
        (Side.LONG, levels("95", "110", "105"), "wrong_targets"),
        (Side.LONG, levels(None, "105", "105"), "wrong_targets"),
        (Side.SHORT, levels(None, "105"), "wrong_targets"),
        (Side.SHORT, levels(None, "90", "0.01"), "wrong_targets"),
    ],
)
def test_levels_on_the_wrong_side_are_refused(side: Side, asked: Levels, code: str) -> None:
    with pytest.raises(InputRejected) as caught:
        on_ticks(side, asked, Decimal(100), Decimal("0.1"))
    assert caught.value.code == code


def test_levels_are_put_on_the_nearest_tick() -> None:
    assert on_ticks(Side.LONG, levels("95.04", "105.05", "110"), Decimal(100), Decimal("0.1")) == levels("95.0", "105.1", "110.0")


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
def test_what_is_not_allowed(side: Side, pair: Instrument, others: dict[str, int], kind: type[QuorumError], code: str) -> None:
    with pytest.raises(kind) as caught:
        check_allowed(side, pair, RULES, others)
    assert caught.value.code == code


@pytest.mark.parametrize("cost", ["5", "200"])
def test_affordable_at_the_limits(cost: str) -> None:
    assert check_affordable(fill(cost), Decimal(cost), PAIR, RULES, BOOK) == fill(cost)


@pytest.mark.parametrize(
    ("asked", "book", "code", "words"),
    [
        (None, BOOK, "order_too_small", "at least 5 is needed"),
        (fill("4.999"), BOOK, "order_too_small", "buys 4.999 USDT of BTCUSDT"),
        (fill("200.001"), BOOK, "position_too_large", r"at most 200.00 USDT \(20% of the capital of 1000.00 USDT\)"),
        (
            fill("100"),
            replace(BOOK, cash=Decimal(100), positions=Decimal(900)),
            "not_enough_cash",
            "needs 100.10 USDT with its fee",
        ),
    ],
)
def test_what_cannot_be_borne(asked: Fill | None, book: Book, code: str, words: str) -> None:
    with pytest.raises(QuorumError, match=words) as caught:
        check_affordable(asked, Decimal(5), PAIR, RULES, book)
    assert caught.value.code == code
