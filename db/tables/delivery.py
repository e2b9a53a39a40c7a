"""The outbox: alerts are facts written with their cause; a delivery is one alert on its way to one chat."""

from sqlalchemy import (
    BigInteger,
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

from db.tables.metadata import Json, Moment, metadata

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="natural key of the cause: written twice, there once"),
    Column("kind", Text, nullable=False),
    Column("symbol", Text, nullable=True),
    Column("payload", Json, nullable=False, comment="what the message is rendered from"),
    Column("created_at", Moment, nullable=False, comment="wall clock"),
    Column("expires_at", Moment, nullable=False, comment="wall clock; not worth sending later"),
    Index(None, "expires_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("alert_id", BigInteger, ForeignKey(alert.c.id), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True, comment="claimed until then; after it anybody may claim again"),
    Column("plain", Text, nullable=True, comment="set when Telegram refused the markup: send this instead"),
    Column("message_id", BigInteger, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("finished_at", Moment, nullable=True),
    UniqueConstraint("alert_id", "chat_id"),
    CheckConstraint("state IN ('pending', 'delivered', 'dead', 'expired')", name="state"),
    Index("ix_delivery_due", "next_attempt_at", postgresql_where="state = 'pending'"),
)
