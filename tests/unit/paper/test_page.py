"""The examples on the page about paper trading are true."""

from decimal import Decimal
from pathlib import Path

import pytest

from functions.costs import Costs
from functions.paper.ledger import Book, balances, fill_entries, opening_entries
from functions.paper.settling.exact import plain
from functions.paper.settling.position import ExitLevels, Fill, FillReason, Position, Side, Terms, enter, lots_for, market_price
from functions.paper.settling.settlement import settle
from tests.unit.paper.settling.tables import FREE, START, candles, held, shown

PAGE = Path(__file__).parents[3] / "docs" / "paper-trading.md"


def table(first_column: str) -> list[list[str]]:
    """Return the rows of the table whose first column has this name."""
    lines = iter(PAGE.read_text().splitlines())
    for line in lines:
        if line.startswith(f"| {first_column} |"):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows, f"no table {first_column}"
    return rows


@pytest.mark.parametrize("row", table("seen"), ids=lambda row: row[0])
def test_openings(row: list[str]) -> None:
    seen, slippage, tick, fee, notional, lot, *expected = map(Decimal, row)
    terms = Terms(tick, lot, Costs(fee / 100, slippage / 100))
    paid = market_price(seen, terms, buys=True)
    position, fill = enter(Side.LONG, lots_for(notional, paid, lot), paid, START, ExitLevels(), terms)
    assert [fill.price, fill.quantity, position.cost, fill.fee] == expected


@pytest.mark.parametrize("row", table("side"), ids=lambda row: row[2])
def test_settlements(row: list[str]) -> None:
    side, levels, run, fills = row
    assert shown(settle(held(side, levels), candles(run.replace(",", " |")), FREE).fills) == fills.split(", ")


def test_ledger() -> None:
    position = Position(Side.LONG, Decimal(100), Decimal(3))
    buying = Fill(START, FillReason.ENTRY, Decimal(100), Decimal(3), Decimal("0.3"), Decimal(0))
    selling = Fill(START, FillReason.TARGET_1, Decimal(110), Decimal(1), Decimal("0.11"), Decimal(10))
    entries = list(opening_entries(Decimal(1000)))
    for row, new in zip(table("after"), ((), fill_entries(1, position, buying), fill_entries(1, position, selling)), strict=True):
        entries += new
        book = Book.of(balances(entries))
        assert row[1:] == [plain(value) for value in (book.cash, book.positions, book.fees, book.realised, book.start)]
