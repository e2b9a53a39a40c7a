"""Headlines."""

from sqlalchemy import Column, Index, Table, Text

from db.tables.metadata import Moment, metadata

news_item = Table(
    "news_item",
    metadata,
    Column("key", Text, primary_key=True, comment="hash of the feed, its own id for the entry, and the address without tracking"),
    Column("guid_key", Text, nullable=False, server_default="", comment="hash of the feed's own id for the entry; empty without"),
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
