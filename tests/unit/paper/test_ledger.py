"""The ledger's entries, their signs, and the invariant that refuses a wrong book."""

from decimal import Decimal

import pytest

from functions.errors import Broken
from functions.paper.ledger import Book, Entry, balances, fill_entries, opening_entries
from functions.paper.settling.position import Fill, FillReason, Position, Side
from tests.unit.paper.settling.tables import START

LONG = Position(Side.LONG, Decimal(100), Decimal(3))
SHORT = Position(Side.SHORT, Decimal(100), Decimal(3))
ENTRY = Fill(START, FillReason.ENTRY, Decimal(100), Decimal(3), Decimal("0.3"), Decimal(0))


def amounts(entries: tuple[Entry, ...]) -> dict[str, Decimal]:
    return {entry.account: entry.amount for entry in entries}


def test_opening_an_account() -> None:
    assert amounts(opening_entries(Decimal(1000))) == {"cash": 1000, "start": -1000}


def test_entry_moves_the_cost_into_the_position() -> None:
    assert amounts(fill_entries(7, LONG, ENTRY)) == {"position:7": 300, "fees": Decimal("0.3"), "cash": Decimal("-300.3")}


def test_cost_of_many_digits_is_booked_to_the_last_one() -> None:
    price, quantity = Decimal("67033.123456789012345"), Decimal("1234567890.123456789")
    fill = Fill(START, FillReason.ENTRY, price, quantity, Decimal(0), Decimal(0))
    entries = fill_entries(7, Position(Side.LONG, price, quantity), fill)
    cost = Decimal("82756941794433.211324566353764595060205")
    assert amounts(entries) == {"position:7": cost, "cash": cost.copy_negate()}


def test_short_entry_sets_the_same_amount_aside() -> None:
    assert fill_entries(7, SHORT, ENTRY) == fill_entries(7, LONG, ENTRY)


def test_exit_with_a_profit_credits_realised() -> None:
    fill = Fill(START, FillReason.TARGET_1, Decimal(110), Decimal(1), Decimal("0.11"), Decimal(10))
    assert amounts(fill_entries(7, LONG, fill)) == {
        "position:7": -100,
        "fees": Decimal("0.11"),
        "realised": -10,
        "cash": Decimal("109.89"),
    }


def test_exit_with_a_loss_debits_realised() -> None:
    fill = Fill(START, FillReason.STOP, Decimal(105), Decimal(3), Decimal(0), Decimal(-15))
    assert amounts(fill_entries(7, SHORT, fill)) == {"position:7": -300, "realised": 15, "cash": 285}


def test_book_reads_the_balances() -> None:
    stop = Fill(START, FillReason.STOP, Decimal(95), Decimal(1), Decimal("0.095"), Decimal(-5))
    entries = opening_entries(Decimal(1000)) + fill_entries(7, LONG, ENTRY) + fill_entries(7, LONG, stop)
    book = Book.of(balances(entries))
    assert book == Book(Decimal(1000), Decimal("794.605"), Decimal(200), Decimal("0.395"), Decimal(5))
    assert book.capital == Decimal("994.605")
    assert book.net_profit == Decimal("-5.395")


def test_book_refuses_what_does_not_balance() -> None:
    with pytest.raises(Broken, match=r"expected cash \+ positions \+ fees \+ realised = start"):
        Book.of({"start": Decimal(-1000), "cash": Decimal("999.99999999999999999999999999999999999")})


def test_new_book_holds_what_it_began_with_and_nothing_else() -> None:
    start, nothing = Decimal(1000), Decimal(0)
    assert Book.opened_with(start) == Book(start=start, cash=start, positions=nothing, fees=nothing, realised=nothing)
