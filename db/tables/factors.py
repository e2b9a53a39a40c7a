"""The readings of every source of every factor."""

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Identity, Index, Integer, Table, Text, UniqueConstraint

from db.tables.metadata import Json, Moment, metadata

factor_series = Table(
    "factor_series",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False, comment="a pair, or MARKET"),
    Column("factor", Text, nullable=False),
    Column("source", Text, nullable=False, comment="who says it"),
    UniqueConstraint("symbol", "factor", "source"),
)

# The key is a number and two times: a score looks up the newest reading of thousands of series at once.
factor_reading = Table(
    "factor_reading",
    metadata,
    Column("series_id", Integer, ForeignKey("factor_series.id"), primary_key=True),
    Column("as_of", Moment, primary_key=True, comment="the moment it is about"),
    Column("seen_at", Moment, primary_key=True, comment="market time; a restatement has the same as_of and a later one"),
    Column("stale_at", Moment, nullable=False),
    Column("value", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("publishers", Integer, nullable=False, comment="independent ones behind it"),
    Column("evidence", Json, nullable=False),
    CheckConstraint("value BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name="ranges"),
    # Retention asks for old rows alone, and new ones lie at the end: a summary of each stretch of the table is enough.
    Index(None, "as_of", postgresql_using="brin"),
)
