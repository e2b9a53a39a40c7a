"""Headlines, and what they say."""

from sqlalchemy import Boolean, CheckConstraint, Column, Double, Index, Table, Text

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

# One row is what one headline says of one coin. It keeps its own words and times: a headline that another feed told before has no
# row of its own among the headlines, but a voice all the same.
sentiment = Table(
    "sentiment",
    metadata,
    Column("key", Text, primary_key=True, comment="of the headline, as in news_item"),
    Column("coin", Text, primary_key=True, comment="a base coin, or MARKET"),
    Column("feed", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("words", Text, nullable=False, comment="the headline in its plain form"),
    Column("published_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False, comment="market time"),
    Column("bearish", Double, nullable=False),
    Column("neutral", Double, nullable=False),
    Column("bullish", Double, nullable=False),
    Column("speaks", Boolean, nullable=False, comment="false is an abstention, which is not neutral"),
    Column("room", Text, nullable=False, comment="who judged it: llm, embedding or lexicon"),
    Index(None, "published_at"),
    CheckConstraint("bearish >= 0 AND neutral >= 0 AND bullish >= 0", name="probabilities"),
)
