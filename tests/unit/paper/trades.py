"""Trades by hand."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from functions.paper.settling.position import Position
from functions.paper.trade import Trade, TradeRules
from tests.unit.paper.settling.tables import NOTHING, START, held


def trade(position: Position | None = None, **changes: Any) -> Trade:
    """Return a trade of 3 coins, opened at 12:00 and settled up to then."""
    plain = Trade(
        id=7,
        account_id=1,
        account="main",
        symbol="BTCUSDT",
        source="signal",
        chat_id=None,
        quantity=Decimal(3),
        position=position or held(),
        rules=TradeRules(costs=NOTHING, break_even=True),
        settled_until=START,
        opened_at=START,
    )
    return replace(plain, **changes)
