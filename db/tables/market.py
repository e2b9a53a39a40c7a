"""Market data of the exchange: symbols, closed candles, their revisions and gaps, latest tickers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from db.tables.metadata import Moment, Money, metadata

symbol = Table(
    "symbol",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("base", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("status", Text, nullable=False, comment="Trading as the exchange says it; Delisted once it is gone"),
    Column("tick_size", Money, nullable=False),
    Column("lot_size", Money, nullable=False),
    Column("min_order_amount", Money, nullable=False, comment="in the quote coin"),
    Column("kind", Text, nullable=False, comment="'' for a normal coin, else adventure or xstocks"),
    Column("special_treatment", Boolean, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("delisted_at", Moment, nullable=True, comment="when it was found gone; empty while it trades"),
)

universe_day = Table(
    "universe_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("turnover_rank", Integer, nullable=False, comment="1 is the largest 24h turnover of that day"),
    Column("turnover_24h", Double, nullable=False, comment="in the quote coin"),
    Column("tick_size", Money, nullable=False),
    Column("lot_size", Money, nullable=False),
    Column("kind", Text, nullable=False, comment="as it was that day; also the next column"),
    Column("special_treatment", Boolean, nullable=False),
    Column("taken_at", Moment, nullable=False, comment="a pair listed later that day has a later one"),
)

_VALUES = " || ".join(f"float8send({name})" for name in ("open", "high", "low", "close", "volume"))

# Prices and volumes are float64: the exchange's decimals fit, and scans read them as arrays.
candle = Table(
    "candle",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("open_time", Moment, primary_key=True),
    Column("open", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("close", Double, nullable=False),
    Column("volume", Double, nullable=False, comment="in the base coin"),
    Column("turnover", Double, nullable=True, comment="in the quote coin"),
    Column("source", Text, nullable=False, comment="where the values came from"),
    # Postgres makes it at every write: a scan reads 500,000 candles in half the time when their values lie in one field.
    Column(
        "packed",
        LargeBinary,
        Computed(f"int8send(hashtextextended(symbol, 0)) || timestamptz_send(open_time) || {_VALUES}", persisted=True),
        comment="the symbol as its hash, open time, open, high, low, close, volume as big-endian float64: what scans read",
    ),
    CheckConstraint("source IN ('ws', 'rest', 'revised')", name="source"),
    CheckConstraint("timeframe IN ('5m', '15m', '1h', '4h', '1d')", name="timeframe"),
    Index(None, "timeframe", "open_time", postgresql_include=["symbol", "packed"]),  # a scan reads nothing else
)

candle_revision = Table(
    "candle_revision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("open_time", Moment, nullable=False),
    Column("open", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("close", Double, nullable=False),
    Column("volume", Double, nullable=False),
    Column("turnover", Double, nullable=True),
    Column("source", Text, nullable=False, comment="source of the replaced values"),
    Column("revised_at", Moment, nullable=False),
    Column(
        "transaction",
        BigInteger,
        nullable=False,
        server_default=text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
        comment="that replaced them; 0 for those from before it was noted",
    ),
    Index(None, "symbol", "timeframe", "open_time"),
    Index(None, "timeframe", "transaction"),
)

candle_change = Table(
    "candle_change",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "transaction",
        BigInteger,
        nullable=False,
        server_default=text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
        comment="that wrote candles",
    ),
    Column("timeframe", Text, nullable=False),
    Column("first_open_time", Moment, nullable=False, comment="of the oldest candle it wrote, corrected or removed"),
    Column("last_open_time", Moment, nullable=False, comment="of the newest one"),
    Column("noted_at", Moment, nullable=False, server_default=text("now()")),
    Index(None, "timeframe", "transaction"),
)

gap = Table(
    "gap",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("first_open_time", Moment, nullable=False, comment="first missing candle"),
    Column("last_open_time", Moment, nullable=False, comment="last missing candle, inclusive"),
    Column("reason", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, nullable=True),
    Column("resolution", Text, nullable=True, comment="filled, or absent: the exchange has no such candle"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column(
        "denials",
        Integer,
        nullable=False,
        server_default="0",
        comment="how often the exchange said that it has none, minutes apart",
    ),
    Column("last_error", Text, nullable=True),
    Column("unsettled", Integer, nullable=False, server_default="0", comment="answers that did not settle it"),
    Column("tried_at", Moment, nullable=True, comment="exchange time of the last such answer; of an absent one the last look"),
    Column("denied_at", Moment, nullable=True, comment="exchange time of the last denial that counted"),
    CheckConstraint("resolution IN ('filled', 'absent')", name="resolution"),
    Index("ix_gap_open", "symbol", "timeframe", postgresql_where="closed_at IS NULL"),
)

# Written as often as tickers are; a settlement reads it, so that no price between two of its looks is missed.
forming_candle = Table(
    "forming_candle",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("open_time", Moment, nullable=False),
    *(Column(name, Double, nullable=False) for name in ("open", "high", "low", "close")),
    Column("exchange_time", Moment, nullable=False, comment="when the exchange said so"),
)

ticker = Table(
    "ticker",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("price", Double, nullable=False),
    Column("bid", Double, nullable=True),
    Column("ask", Double, nullable=True),
    Column("high_24h", Double, nullable=False),
    Column("low_24h", Double, nullable=False),
    Column("volume_24h", Double, nullable=False, comment="in the base coin"),
    Column("turnover_24h", Double, nullable=False, comment="in the quote coin"),
    Column("change_24h", Double, nullable=False, comment="fraction: 0.01 is one percent"),
    Column("exchange_time", Moment, nullable=False),
    Column("quoted_at", Moment, nullable=True, comment="exchange time of bid and ask, which come by REST"),
)
