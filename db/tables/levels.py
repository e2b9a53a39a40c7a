"""Prices that are waited for: a trader's own alerts, and the moments at which the market touched a level."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Table, Text

from db.tables.metadata import Moment, Money, metadata

price_alert = Table(
    "price_alert",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("chat_id", BigInteger, nullable=True, comment="who asked for it and is told; empty: every allowed chat"),
    Column("symbol", Text, nullable=False),
    Column("price", Money, nullable=False, comment="USDT"),
    Column("direction", Text, nullable=False, comment="of the market when it comes to the price"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("set_at", Moment, nullable=False, comment="market time: prices from then on count"),
    Column("set_price", Money, nullable=False, comment="the latest price then"),
    Column("checked_until", Moment, nullable=False, comment="candles that close up to here are checked"),
    Column("last_price", Money, nullable=False, comment="newest sound price that its checks have met"),
    Column("ended_at", Moment, nullable=True, comment="market time of the touch, or of its removal"),
    CheckConstraint("direction IN ('falling', 'rising')", name="direction"),
    CheckConstraint("state IN ('waiting', 'fired', 'removed')", name="state"),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("price > 0", name="price"),
    Index(
        "ix_price_alert_waiting",
        "chat_id",
        "symbol",
        "price",
        "direction",
        unique=True,
        postgresql_where="state = 'waiting'",
        postgresql_nulls_not_distinct=True,
    ),
)

# Written by the collector before it calls anybody: a settlement takes the time of a fill from here, whenever it is made.
touch = Table(
    "touch",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("level", Money, primary_key=True, comment="the price that was waited for, USDT"),
    Column("at", Moment, primary_key=True, comment="when the exchange said so"),
    Column("seen", Money, nullable=False, comment="the price that reached it"),
    CheckConstraint("direction IN ('falling', 'rising')", name="direction"),
    Index(None, "symbol", "at"),
    Index(None, "at"),
)

# Prices that no market makes after the one before them: they touched nothing.
doubted_price = Table(
    "doubted_price",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("at", Moment, primary_key=True, comment="when the exchange said so"),
    Column("last", Money, nullable=False, comment="the price before it"),
    Column("price", Money, nullable=False),
    Index(None, "at"),
)
