"""What outside sources say: readings of every factor, and headlines."""

from sqlalchemy import CheckConstraint, Column, Double, Index, Table, Text

from db.tables.metadata import Json, Moment, metadata

factor_reading = Table(
    "factor_reading",
    metadata,
    Column("symbol", Text, primary_key=True, comment="a pair, or MARKET"),
    Column("factor", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("as_of", Moment, primary_key=True, comment="the moment it is about"),
    Column("seen_at", Moment, nullable=False, comment="market time; not to be used for a moment before it"),
    Column("stale_at", Moment, nullable=False),
    Column("value", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("evidence", Json, nullable=False),
    CheckConstraint("value BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name="ranges"),
    Index(None, "source", "symbol", "as_of"),
)

news_item = Table(
    "news_item",
    metadata,
    Column("key", Text, primary_key=True, comment="hash of the feed's own id, or of the address without its query"),
    Column("title_key", Text, nullable=False, comment="hash of the title's words: the same story in another feed"),
    Column("feed", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Index(None, "title_key", "first_seen_at"),
    Index(None, "published_at"),
)
