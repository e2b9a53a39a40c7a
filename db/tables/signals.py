"""The state that each scan leaves, the signals, and which closes are processed."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.metadata import Json, Moment, Money, metadata

# What a lower timeframe, the digest and a view read of a close; all that was computed is kept for setups alone.
technical_state = Table(
    "technical_state",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True),
    Column("version", Integer, primary_key=True, comment="version of the rules that computed it"),
    Column("direction", Text, nullable=False, comment="LONG, SHORT or NEUTRAL"),
    Column("reason", Text, nullable=False, comment="why NEUTRAL, else the first reason"),
    Column("code", Text, nullable=False, server_default="", comment="of the reason"),
    Column("params", Json, nullable=False, server_default=text("'{}'::jsonb"), comment="of the reason"),
    Column(
        "failed",
        Integer,
        nullable=False,
        server_default="0",
        comment="every check that failed, a bit each; the reason is the first",
    ),
    Column("problem", SmallInteger, nullable=False, server_default="0", comment="what is wrong with the history, 0 for nothing"),
    Column("trend", SmallInteger, nullable=False, server_default="0", comment="1 up, -1 down, 0 neither"),
    Column("strength", Double, nullable=False, server_default="0", comment="of the trend, 0..1"),
    Column("regime", SmallInteger, nullable=True, comment="1 above EMA50 and EMA200, -1 below both; empty while not known"),
    Column("close", Double, nullable=True),
    Column("atr", Double, nullable=True),
    Column("ema50", Double, nullable=True),
    Column("ema200", Double, nullable=True),
    Column("state", Json, nullable=True, comment="of a setup: trend, entries, levels, indicators, all reasons; else empty"),
    Index(None, "timeframe", "close_time"),
)

signal = Table(
    "signal",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("close_time", Moment, nullable=False, comment="close of the candle the signal stands on"),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("entry", Money, nullable=False),
    Column("stop", Money, nullable=False),
    Column("targets", ARRAY(Money), nullable=False, comment="three, nearest first"),
    Column("risk_reward", Double, nullable=False, comment="size-weighted mean of the targets over the stop distance"),
    Column("position_pct", Double, nullable=False, comment="percent of equity"),
    Column("reasons", Json, nullable=False, comment="ordered, for a person"),
    Column("indicators", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("symbol", "timeframe", "close_time", "source", "version"),
    Index(None, "created_at"),
)

processed_close = Table(
    "processed_close",
    metadata,
    Column("function", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("symbol", Text, primary_key=True, comment="'' for all that have no row of their own: those are behind"),
    Column("close_time", Moment, nullable=False, comment="no close up to this one waits any more"),
    Column("horizon", BigInteger, nullable=False, comment="corrections by this transaction or a later one were not seen yet"),
    Column("processed_at", Moment, nullable=False),
)
