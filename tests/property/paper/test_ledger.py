"""The ledger's invariant, to the last digit, after any sequence of open, partial close, close and settlement, also repeated."""

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from functions.paper.ledger import Book, Entry, balances, fill_entries, opening_entries, position_account
from functions.paper.settling.booking import Settlement
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, FillReason, Position, Terms, leave
from functions.paper.settling.settlement import settle
from tests.property.paper.worlds import all_terms, entries, runs
from tests.unit.paper.settling.tables import START


class Ledger(RuleBasedStateMachine):
    """One account and everything that can happen to it."""

    @initialize(start=st.decimals(1, 10**9, places=8), terms=all_terms())
    def open_account(self, start: Decimal, terms: Terms) -> None:
        self.start, self.terms = start, terms
        self.entries: list[Entry] = list(opening_entries(start))
        self.trades: list[Position] = []
        self.fills: list[Fill] = []

    def book(self, trade: int, fill: Fill) -> None:
        new = fill_entries(trade, self.trades[trade], fill)
        assert total(new) == 0, "each fill balances by itself"
        self.entries += new
        self.fills.append(fill)

    @rule(data=st.data())
    def open_trade(self, data: st.DataObject) -> None:
        position, fill = data.draw(entries(self.terms))
        self.trades.append(position)
        self.book(len(self.trades) - 1, fill)

    @precondition(lambda self: any(trade.quantity for trade in self.trades))
    @rule(data=st.data(), all_of_it=st.booleans())
    def close(self, data: st.DataObject, all_of_it: bool) -> None:
        trade = data.draw(st.sampled_from([n for n, held in enumerate(self.trades) if held.quantity]))
        position = self.trades[trade]
        lots = int(position.quantity / self.terms.lot)
        quantity = position.quantity if all_of_it else data.draw(st.integers(1, lots)) * self.terms.lot
        price = data.draw(st.integers(1, 10**8)) * self.terms.tick
        after, fill = leave(position, quantity, price, START, FillReason.MANUAL, self.terms)
        self.book(trade, fill)
        self.trades[trade] = after

    @precondition(lambda self: bool(self.trades))
    @rule(data=st.data())
    def settle_twice(self, data: st.DataObject) -> None:
        trade = data.draw(st.integers(0, len(self.trades) - 1))
        run = data.draw(runs(self.trades[trade].entry, longest=5))
        settlement = settle(self.trades[trade], run, self.terms)
        assert settle(self.trades[trade], run, self.terms) == settlement, "asked again for the same prices it is the same"
        for step in settlement.steps:
            self.book(trade, step.fill)
        self.trades[trade] = settlement.position
        assert settle(settlement.position, (), self.terms) == Settlement(settlement.position, ()), "nothing new changes nothing"
        if not settlement.position.quantity:
            assert settle(settlement.position, run, self.terms).steps == (), "a closed trade stays closed"

    @invariant()
    @exact
    def balanced(self) -> None:
        account_balances = balances(self.entries)
        book = Book.of(account_balances)  # raises when the invariant does not hold
        assert book.start == self.start
        assert book.cash + book.positions + book.fees + book.realised == self.start
        assert book.positions == sum(trade.cost for trade in self.trades)
        assert book.fees == sum(fill.fee for fill in self.fills)
        assert book.net_profit == sum(fill.profit - fill.fee for fill in self.fills)
        for number, trade in enumerate(self.trades):
            assert account_balances.get(position_account(number), Decimal(0)) == trade.cost


@exact
def total(new: tuple[Entry, ...]) -> Decimal:
    return sum((entry.amount for entry in new), Decimal(0))


TestLedger = pytest.mark.slow(Ledger.TestCase)
TestLedger.settings = settings(max_examples=500, stateful_step_count=8)
