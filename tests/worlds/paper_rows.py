"""A paper account's tables in memory: trades, fills, the ledger, what was decided and answered; each transaction whole or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from functions.paper.ledger import Book, Entry, balances, fill_entries, opening_entries
from functions.paper.settling.advance import Advance
from functions.paper.settling.booking import Step
from functions.paper.settling.position import Fill, Position
from functions.paper.trade import Trade

START = Decimal(1000)


@dataclass(slots=True)
class Account:
    """One account and what it has decided and answered."""

    trades: dict[int, Trade] = field(default_factory=dict)
    fills: list[tuple[int, Fill]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=lambda: list(opening_entries(START)))
    decided: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    @property
    def book(self) -> Book:
        """Return the balances; raises `Broken` when they are not exact."""
        return Book.of(balances(self.entries))

    @property
    def open(self) -> list[Trade]:
        """Return the trades that hold something."""
        return [trade for trade in self.trades.values() if trade.position.quantity]

    def of(self, trade_id: int) -> list[Fill]:
        """Return the fills of a trade in the order in which they were booked."""
        return [fill for owner, fill in self.fills if owner == trade_id]

    def opened(self, trade: Trade, fill: Fill) -> None:
        """Write a trade with its first fill."""
        self.trades[trade.id] = trade
        self.write(trade, [Step(fill, trade.position)])

    def write(self, trade: Trade, steps: Sequence[Step]) -> None:
        """Write fills with their entries."""
        for step in steps:
            self.fills.append((trade.id, step.fill))
            self.entries += fill_entries(trade.id, trade.position, step.fill)

    def moved(self, trade: Trade, advanced: Advance) -> None:
        """Write how far a trade is settled, and what it holds now."""
        hold = advanced.hold.at if advanced.hold else None
        after = trade.advanced(advanced.until, advanced.last, hold, advanced.unseen)
        self.trades[trade.id] = replace(after, position=advanced.settlement.position)

    def holds(self, trade: Trade, position: Position) -> None:
        """Write what a trade holds after a close by hand."""
        self.trades[trade.id] = replace(trade, position=position)
