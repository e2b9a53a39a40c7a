"""The outbox: alerts are facts written with their cause, a delivery is one on its way to one chat; and the chats."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
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
    Column("chat_id", BigInteger, nullable=True, comment="the one chat it is for; empty: every allowed chat"),
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
    Column("claimed_at", Moment, nullable=True, comment="when it was claimed last"),
    Column("claimed_by", Text, nullable=True, comment="key of that claim: the same claim gets the same lease"),
    Column("held_until", Moment, nullable=True, comment="quiet hours: it waits until then and others may pass it"),
    Column("lead_id", BigInteger, ForeignKey("delivery.id"), nullable=True, comment="goes out within that delivery's message"),
    Column("held_because", Text, nullable=True, comment="why it is held"),
    Column("plain", Boolean, nullable=False, server_default="false", comment="Telegram refused the markup: go without"),
    Column("pictureless", Boolean, nullable=False, server_default="false", comment="Telegram refused the picture: go without"),
    Column("message_id", BigInteger, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("finished_at", Moment, nullable=True),
    UniqueConstraint("alert_id", "chat_id"),
    CheckConstraint("state IN ('pending', 'delivered', 'dead', 'expired', 'held')", name="state"),
    Index("ix_delivery_due", "next_attempt_at", postgresql_where="state = 'pending'"),
    Index("ix_delivery_claimed_by", "claimed_by", postgresql_where="state = 'pending'"),
    Index("ix_delivery_lead", "lead_id", postgresql_where="lead_id IS NOT NULL"),
)

chat = Table(
    "chat",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("language", Text, nullable=False, server_default="en"),
    Column("zone", Text, nullable=False, server_default="UTC", comment="IANA name; quiet hours and times in messages are local"),
    Column("mode", Text, nullable=False, server_default="all"),
    Column("min_confidence", Double, nullable=False, server_default="0", comment="0..1"),
    Column("coins", ARRAY(Text), nullable=False, server_default="{}", comment="symbols; none means all"),
    Column("quiet_from", Integer, nullable=True, comment="minute of the local day"),
    Column("quiet_until", Integer, nullable=True, comment="minute of the local day"),
    Column("budget", Integer, nullable=False, server_default="10", comment="signal messages a UTC day of market time"),
    Column(
        "cooldown_minutes", Integer, nullable=False, server_default="240", comment="market time between two signals of a symbol"
    ),
    CheckConstraint("language IN ('en', 'ru')", name="language"),
    CheckConstraint("mode IN ('all', 'strong')", name="mode"),
    CheckConstraint("min_confidence BETWEEN 0 AND 1 AND budget >= 0 AND cooldown_minutes >= 0", name="ranges"),
    CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
)

mute = Table(
    "mute",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("until", Moment, nullable=False, comment="wall clock"),
)

# What came from Telegram and is done: the same update, or the same press of a button, has its effect once.
telegram_update = Table(
    "telegram_update",
    metadata,
    Column("update_id", BigInteger, primary_key=True),
    Column("press", Text, nullable=True, unique=True, comment="of a button: callback id and data"),
    Column("chat_id", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False, comment="wall clock"),
)

signal_choice = Table(
    "signal_choice",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("signal_id", BigInteger, ForeignKey("signal.id"), primary_key=True),
    Column("choice", Text, nullable=False),
    Column("at", Moment, nullable=False, comment="wall clock"),
    CheckConstraint("choice IN ('took', 'skipped')", name="choice"),
)
