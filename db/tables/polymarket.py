"""Prediction markets: what is followed, what was read of it each hour, and what changed."""

from sqlalchemy import Boolean, CheckConstraint, Column, Double, ForeignKey, Index, SmallInteger, Table, Text

from db.tables.metadata import Json, Moment, metadata

polymarket_event = Table(
    "polymarket_event",
    metadata,
    Column("id", Text, primary_key=True, comment="gamma's"),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("exclusive", Boolean, nullable=False, comment="exactly one of its markets comes true"),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
)

polymarket_market = Table(
    "polymarket_market",
    metadata,
    Column("id", Text, primary_key=True, comment="gamma's"),
    Column("event_id", Text, ForeignKey("polymarket_event.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="whose probability is meant"),
    Column("token", Text, nullable=False, comment="the CLOB's name of that outcome"),
    Column("symbol", Text, nullable=False, comment="a pair, or MARKET"),
    Column("kind", Text, nullable=False),
    Column("lean", SmallInteger, nullable=False, comment="1 when it is good for the price, -1 when bad, 0 when neither"),
    Column("ends_at", Moment, nullable=True),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Column("asked_at", Moment, nullable=False, comment="market time of the newest answer about it, or try to get one"),
    Column("resolved_at", Moment, nullable=True, comment="market time at which the resolution was seen"),
    Column("winner", Text, nullable=True, comment="the outcome that came true, or neither"),
    CheckConstraint("lean BETWEEN -1 AND 1", name="lean"),
    CheckConstraint("(resolved_at IS NULL) = (winner IS NULL)", name="resolution"),
    Index(None, "event_id"),
)

polymarket_quote = Table(
    "polymarket_quote",
    metadata,
    Column("market_id", Text, ForeignKey("polymarket_market.id"), primary_key=True),
    Column("at", Moment, primary_key=True, comment="market time of the read"),
    Column("probability", Double, nullable=True, comment="renormalised in its group; empty where that is not whole"),
    Column("raw", Double, nullable=False, comment="of the market alone"),
    Column("group_sum", Double, nullable=True, comment="of the raw ones of an exclusive group"),
    Column("basis", Text, nullable=False, comment="mid, last_trade or price"),
    Column("settling", Boolean, nullable=False, comment="past its end, or its resolution is proposed"),
    Column("volume", Double, nullable=False, comment="USD since the market began"),
    Column("volume_24h", Double, nullable=False),
    Column("liquidity", Double, nullable=False),
    Column("day_change", Double, nullable=True, comment="of the probability in 24 h, as gamma says"),
    CheckConstraint("raw BETWEEN 0 AND 1 AND probability BETWEEN 0 AND 1", name="ranges"),
    Index(None, "at"),
)

polymarket_change = Table(
    "polymarket_change",
    metadata,
    Column("market_id", Text, ForeignKey("polymarket_market.id"), primary_key=True),
    Column("kind", Text, primary_key=True, comment="move or resolution"),
    Column("at", Moment, primary_key=True, comment="market time at which it was seen"),
    Column("detail", Json, nullable=False),
)
