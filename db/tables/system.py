"""Heartbeats of the parts, and the state of every outside source."""

from sqlalchemy import BigInteger, Column, Double, Table, Text

from db.tables.metadata import Json, Moment, metadata

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("part", Text, primary_key=True),
    Column("at", Moment, nullable=False, comment="wall clock"),
    Column("detail", Json, nullable=False),
)

source_status = Table(
    "source_status",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_success_at", Moment, nullable=True),
    Column("last_error_at", Moment, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("lag_seconds", Double, nullable=True, comment="age of the newest item at the last success"),
    Column("successes", BigInteger, nullable=False, server_default="0"),
    Column("errors", BigInteger, nullable=False, server_default="0"),
)
