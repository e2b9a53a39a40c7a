"""The paper accounts: their trades, fills and refusals, and the double-entry ledger of each."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.metadata import Json, Moment, Money, metadata
from db.tables.scoring import rejection
from db.tables.signals import signal

paper_account = Table(
    "paper_account",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="desk, manual, or that of a shadow"),
    Column("start", Money, nullable=False, comment="USDT it began with"),
    Column("opened_at", Moment, nullable=False),
)


def _idea(*, nullable: bool = True, with_rejection: str = "SET NULL") -> tuple[Column[Any], ...]:
    """Return the columns that say what a trade, or the refusal of one, follows."""
    return (
        Column("idea", Text, nullable=nullable, comment="what it follows, once an account: signal:ID, rejection:ID, random:ID"),
        Column("signal_id", BigInteger, ForeignKey(signal.c.id), nullable=True, comment="a random entry stands beside it"),
        Column("rejection_id", BigInteger, ForeignKey(rejection.c.id, ondelete=with_rejection), nullable=True),
    )


# Who changes a trade holds the lock of its account's row.
paper_trade = Table(
    "paper_trade",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(paper_account.c.id), nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("chat_id", BigInteger, nullable=True, comment="the chat that asked for it"),
    *_idea(),
    Column("state", Text, nullable=False),
    Column("quantity", Money, nullable=False, comment="at the entry, in the base coin"),
    Column("open_quantity", Money, nullable=False, comment="not closed yet"),
    Column("entry", Money, nullable=False, comment="price of the entry's fill"),
    Column("stop", Money, nullable=True, comment="as it was at the entry"),
    Column("targets", ARRAY(Money), nullable=False, comment="none to three, nearest first"),
    Column("targets_hit", Integer, nullable=False, server_default="0"),
    Column("target_quantity", Money, nullable=False, comment="what a target closes; the last one closes the rest"),
    Column("break_even_from", Moment, nullable=True, comment="prices from then on meet the stop at the entry's price"),
    Column("settled_until", Moment, nullable=False, comment="candles that close up to here are settled"),
    Column("last_price", Money, nullable=True, comment="newest sound price its settlement has met; empty before the first"),
    Column("held_at", Moment, nullable=True, comment="when its price made a step that no market makes; empty while it is sound"),
    Column("unseen", Integer, nullable=False, server_default="0", comment="5m candles that passed without having been seen"),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, nullable=True),
    Column("fee", Money, nullable=False, comment="of each of its fills, a fraction"),
    Column("slippage", Money, nullable=False, comment="of each of its fills at the market, a fraction"),
    Column("break_even", Boolean, nullable=False, comment="the first target moves the stop to the entry's price"),
    Column("regime_exit", Boolean, nullable=False, comment="it ends when the gate no longer allows its side"),
    Column("leaves_at", Moment, nullable=True, comment="what is left is sold from then on; empty for one without an end in time"),
    Column(
        "by_limit",
        Boolean,
        nullable=False,
        server_default="false",
        comment="a resting order opened it, and its targets rest, too: neither pays slippage",
    ),
    CheckConstraint("side IN ('long', 'short')", name="side"),
    CheckConstraint("source IN ('manual', 'signal', 'setup', 'watch_list', 'random', 'dip', 'core')", name="source"),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    CheckConstraint("(state = 'open') = (open_quantity > 0) AND (state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    # Each purchase of the weekly allocation is a trade of its own.
    Index("ix_paper_trade_open", "account_id", "symbol", unique=True, postgresql_where="state = 'open' AND source <> 'core'"),
    Index(None, "account_id", "closed_at"),
    Index("ix_paper_trade_idea", "account_id", "idea", unique=True),
    Index(None, "signal_id"),
    Index(None, "rejection_id"),
)

# One row an idea that an account did not open a trade for. Those of rejections go when the rejections go.
paper_refusal = Table(
    "paper_refusal",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(paper_account.c.id), nullable=False),
    *_idea(nullable=False, with_rejection="CASCADE"),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("code", Text, nullable=False, comment="of the first reason"),
    Column("reasons", Json, nullable=False, comment="every reason, each a code with its figures"),
    Column("at", Moment, nullable=False),
    CheckConstraint("side IN ('long', 'short')", name="side"),
    UniqueConstraint("account_id", "idea"),
    Index(None, "at"),
    Index(None, "signal_id"),
    Index(None, "rejection_id"),
)

# An order that waits under the market. Who changes it holds the lock of its account's row.
resting_order = Table(
    "resting_order",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(paper_account.c.id), nullable=False),
    Column("kind", Text, nullable=False, comment="the rule that placed it: dip"),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("day", Moment, nullable=False, comment="daily close that it stands on, a midnight UTC"),
    Column("close", Money, nullable=False, comment="price at that close"),
    Column("price", Money, nullable=False, comment="its limit: what a fill costs"),
    Column("touched_at", Money, nullable=False, comment="a price at or beyond this fills it"),
    Column("stop", Money, nullable=False),
    Column("targets", ARRAY(Money), nullable=False, comment="three, nearest first"),
    Column("placed_at", Moment, nullable=False, comment="market time"),
    Column("looked_until", Moment, nullable=False, comment="candles that close up to here did not fill it"),
    Column("expires_at", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default="placed"),
    Column("code", Text, nullable=True, comment="why it was cancelled"),
    Column("ended_at", Moment, nullable=True, comment="when it was filled, ran out or was cancelled, market time"),
    Column("trade_id", BigInteger, ForeignKey(paper_trade.c.id), nullable=True, comment="that its fill opened"),
    CheckConstraint("side = 'long'", name="side"),
    CheckConstraint("state IN ('placed', 'filled', 'expired', 'cancelled')", name="state"),
    CheckConstraint("(state = 'placed') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("(state = 'filled') = (trade_id IS NOT NULL)", name="filled"),
    CheckConstraint("(state = 'cancelled') = (code IS NOT NULL)", name="cancelled"),
    CheckConstraint("stop < touched_at AND touched_at < price AND price < close", name="levels"),
    UniqueConstraint("account_id", "kind", "symbol", "day"),
    Index("ix_resting_order_placed", "symbol", postgresql_where="state = 'placed'"),
    Index(None, "day"),
    Index(None, "trade_id"),
)

# What each evening's placing found, whether or not it placed an order: the message and `/dips` read it.
dip_evening = Table(
    "dip_evening",
    metadata,
    Column("day", Moment, primary_key=True, comment="daily close, a midnight UTC"),
    Column("code", Text, nullable=False, comment="orders, or why there is none: gate_closed, btc_weak, no_coin, too_late"),
    Column("figures", Json, nullable=False, comment="of the reason"),
    Column("placed_at", Moment, nullable=False, comment="market time of the placing"),
)

# One row for each setting of the weekly allocation's shares: the message and `/core` read it.
core_allocation = Table(
    "core_allocation",
    metadata,
    Column("day", Moment, primary_key=True, comment="daily close that the shares stand on, a midnight UTC"),
    Column("code", Text, nullable=False, comment="why they were set: start, week, gate_opened, gate_closed"),
    Column("figures", Json, nullable=False, comment="shares before and after, the coins, what was traded, what could not be"),
    Column("set_at", Moment, nullable=False, comment="market time"),
)

paper_fill = Table(
    "paper_fill",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("trade_id", BigInteger, ForeignKey(paper_trade.c.id), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("price", Money, nullable=False),
    Column("quantity", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("profit", Money, nullable=False, comment="of what it closed, before fees; 0 for an entry"),
    Column("named", Boolean, nullable=False, server_default="false", comment="a person named its price"),
    CheckConstraint("quantity > 0 AND price > 0 AND fee >= 0", name="amounts"),
    Index(None, "trade_id"),
    Index(None, "at"),
)

# Append-only, and the entries of one fill sum to zero: triggers in the migration hold both.
ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(paper_account.c.id), nullable=False),
    Column("fill_id", BigInteger, ForeignKey(paper_fill.c.id), nullable=True, comment="empty for the opening of the account"),
    Column("account", Text, nullable=False, comment="cash, position:TRADE, fees, realised or start"),
    Column("amount", Money, nullable=False, comment="USDT, debit positive"),
    Column("at", Moment, nullable=False),
    Index(None, "account_id", "account"),
    Index(None, "fill_id"),
)

paper_request = Table(
    "paper_request",
    metadata,
    Column("account_id", BigInteger, ForeignKey(paper_account.c.id), primary_key=True),
    Column("key", Text, primary_key=True, comment="the caller's; the same key is the same request"),
    Column("operation", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("answer", Json, nullable=False, comment="given again when the request is repeated"),
    Column("at", Moment, nullable=False),
)
