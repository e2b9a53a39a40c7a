"""The double-entry ledger of the paper account.

Every event is a set of entries that sums to zero. Amounts are USDT, debit positive:

| account          | a positive balance is                                                      |
|------------------|----------------------------------------------------------------------------|
| `cash`           | money that is free                                                         |
| `position:TRADE` | what the held part of a trade cost, without fees; for a short what is set aside |
| `fees`           | fees paid                                                                  |
| `realised`       | what closed parts lost; so a profit is negative                            |
| `start`          | never: it holds minus what the account began with                          |

Since all entries sum to zero, `cash + positions at cost + fees + realised = start` holds to the last digit, with `start` read as
the positive amount. What was earned after fees is `-(realised + fees)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from functions.errors import Broken
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, FillReason, Position

CASH, FEES, REALISED, START = "cash", "fees", "realised", "start"
_POSITION = "position:"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    account: str
    amount: Decimal


def position_account(trade_id: int) -> str:
    """Return the name of a trade's account."""
    return f"{_POSITION}{trade_id}"


@exact
def opening_entries(start: Decimal) -> tuple[Entry, ...]:
    """Return the entries that open an account with `start` USDT."""
    return (Entry(CASH, start), Entry(START, -start))


@exact
def fill_entries(trade_id: int, position: Position, fill: Fill) -> tuple[Entry, ...]:
    """Return the entries of one fill; `position` gives the price the trade was entered at.

    An entry moves the cost from cash to the position. An exit gives back the cost of what it closes and the profit on it.
    """
    cost = fill.quantity * position.entry
    bought = cost if fill.reason is FillReason.ENTRY else -cost
    entries = (
        Entry(position_account(trade_id), bought),
        Entry(FEES, fill.fee),
        Entry(REALISED, -fill.profit),
        Entry(CASH, fill.profit - fill.fee - bought),
    )
    return tuple(entry for entry in entries if entry.amount)


@dataclass(frozen=True, slots=True)
class Book:
    """The balances of one account, USDT."""

    start: Decimal
    cash: Decimal
    positions: Decimal  # at cost
    fees: Decimal
    realised: Decimal  # debit positive: a profit is negative

    @classmethod
    @exact
    def of(cls, balances: Mapping[str, Decimal]) -> Self:
        """Read the balances of every account.

        Raises:
            Broken: the invariant does not hold.
        """
        positions = _sum(amount for account, amount in balances.items() if account.startswith(_POSITION))
        start, cash, fees, realised = (balances.get(account, Decimal(0)) for account in (START, CASH, FEES, REALISED))
        book = cls(start=-start, cash=cash, positions=positions, fees=fees, realised=realised)
        if _sum((book.cash, book.positions, book.fees, book.realised)) != book.start:
            raise Broken("ledger_unbalanced", f"expected cash + positions + fees + realised = start, got {book}")
        return book

    @classmethod
    def opened_with(cls, start: Decimal) -> Self:
        """Return the book of an account that has not traded yet."""
        return cls(start=start, cash=start, positions=Decimal(0), fees=Decimal(0), realised=Decimal(0))

    @property
    def capital(self) -> Decimal:
        """Return cash and positions at cost: what limits are measured against, known without any price."""
        return _sum((self.cash, self.positions))

    @property
    def net_profit(self) -> Decimal:
        """Return what closed parts earned, after all fees."""
        return -_sum((self.realised, self.fees))


@exact
def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def balances(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """Return the balance of each account named in `entries`."""
    amounts: dict[str, list[Decimal]] = {}
    for entry in entries:
        amounts.setdefault(entry.account, []).append(entry.amount)
    return {account: _sum(parts) for account, parts in amounts.items()}
