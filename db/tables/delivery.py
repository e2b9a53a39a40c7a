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
    Column("class", Text, nullable=False, comment="answer, trade, signal, ...: decides how it travels"),
    Column("priority", Integer, nullable=False, comment="the smaller one goes first"),
    Column("symbol", Text, nullable=True),
    Column("chat_id", BigInteger, nullable=True, comment="the one chat it is for; empty: every allowed chat"),
    Column("asked_by", BigInteger, nullable=True, comment="the chat that asked for what it tells"),
    Column("thread_id", BigInteger, nullable=True, comment="the topic of a forum group it belongs to"),
    Column("payload", Json, nullable=False, comment="what the message is rendered from"),
    Column("created_at", Moment, nullable=False, comment="wall clock"),
    Column("expires_at", Moment, nullable=False, comment="wall clock; not worth sending later"),
    CheckConstraint("class IN ('answer', 'trade', 'signal', 'regime', 'report', 'news')", name="class"),
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
    Column("asked", Boolean, nullable=False, server_default="false", comment="it answers what this chat asked for"),
    Column("thread_id", BigInteger, nullable=True, comment="the topic of a forum group it goes to"),
    Column("next_attempt_at", Moment, nullable=False),
    Column("pause", Double, nullable=False, server_default="0", comment="seconds of that wait: from now it is never longer"),
    Column("flooded", Boolean, nullable=False, server_default="false", comment="Telegram asked the whole chat to wait"),
    Column("failures", Integer, nullable=False, server_default="0", comment="tries that failed for no reason Telegram named"),
    Column("reported_attempt", Integer, nullable=False, server_default="0", comment="newest attempt whose failure was heard"),
    Column("lease_until", Moment, nullable=True, comment="claimed until then; after it anybody may claim again"),
    Column("claimed_at", Moment, nullable=True, comment="when it was claimed last"),
    Column("holder", Text, nullable=True, comment="the process that claimed it last"),
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
    Index("ix_delivery_lead", "lead_id", postgresql_where="lead_id IS NOT NULL"),
)

# A claim's key stands for the message it got: repeated it gets the same one, or nothing once that was reported.
claim = Table(
    "claim",
    metadata,
    Column("request_id", Text, primary_key=True, comment="the caller's key"),
    Column("delivery_id", BigInteger, ForeignKey(delivery.c.id, ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("claimed_at", Moment, nullable=False, comment="wall clock"),
    Index(None, "claimed_at"),
    Index(None, "delivery_id"),
)

# Whom alerts are addressed to: TELEGRAM_CHAT_IDS as the functions last read it.
recipient = Table(
    "recipient",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("moved_to", BigInteger, nullable=True, comment="its id since Telegram made the group a supergroup"),
)

chat = Table(
    "chat",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("language", Text, nullable=True, comment="that was chosen"),
    Column("spoken", Text, nullable=True, comment="language of the Telegram that wrote last"),
    Column("topic", BigInteger, nullable=True, comment="of a forum group: where it wrote last"),
    Column("classes", ARRAY(Text), nullable=False, server_default="{}", comment="classes of alerts that come; none means all"),
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
    CheckConstraint("language IN ('en', 'ru') AND spoken IN ('en', 'ru')", name="language"),
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
