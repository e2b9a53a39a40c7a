"""What the desk's account holds, as the size of a signal asks for it."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from functions.paper.accounts import DESK
from functions.paper.admission import HeldTrade, Size, size_at_entry
from functions.paper.settling.position import Side
from functions.paper.store import account
from functions.scoring.judge import FoundSetup
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class Holdings:
    """The open trades of the desk, and its equity with each of them at cost."""

    held: tuple[HeldTrade, ...]
    equity: Decimal

    def size(self, setup: FoundSetup, rules: ScoreRules) -> Size:
        """Return how much of equity a setup would take; nothing of an account that has none."""
        side = Side.LONG if setup.direction > 0 else Side.SHORT
        if self.equity <= 0:
            return Size(Decimal(0), ())
        levels = (setup.entry, setup.stop)
        return size_at_entry(setup.symbol, side, levels, self.held, self.equity, rules.setups.limits)


def holdings(connection: Connection) -> Holdings:
    """Return what the desk holds; before its first trade nothing, of an equity that only shares are taken of."""
    number = account.find_account(connection, DESK.name)
    if not number:
        return Holdings((), Decimal(1))
    held = (
        HeldTrade(trade.symbol, trade.position.side, trade.position.cost) for trade in account.open_trades(connection, number)
    )
    return Holdings(tuple(held), account.read_book(connection, number).capital)
