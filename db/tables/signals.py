"""What was concluded: the state each scan leaves, signals, and which closes are processed."""

from sqlalchemy import ARRAY, BigInteger, Column, Double, Identity, Index, Integer, Table, Text, UniqueConstraint

from db.tables.metadata import Json, Moment, Money, metadata

# The newest state per symbol and timeframe is what a lower timeframe reads instead of candles.
technical_state = Table(
    "technical_state",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True),
    Column("version", Integer, primary_key=True, comment="version of the rules that computed it"),
    Column("direction", Text, nullable=False, comment="LONG, SHORT or NEUTRAL"),
    Column("reason", Text, nullable=False, comment="why NEUTRAL, else the first reason"),
    Column("state", Json, nullable=False, comment="trend, levels, indicator snapshot"),
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
    Column("close_time", Moment, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("symbols", ARRAY(Text), nullable=False, comment="which symbols' candles were in it"),
    Column("processed_at", Moment, nullable=False),
)
