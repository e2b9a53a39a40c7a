"""What became of setups: the score of every coin at every close, and why a setup was no signal."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.metadata import Json, Moment, Money, metadata

# A scan adds to it and scoring takes away what it has scored: it is empty while nothing waits.
close_to_score = Table(
    "close_to_score",
    metadata,
    Column("timeframe", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True),
    Column("symbols", ARRAY(Text), nullable=False, comment="scanned at this close, and not scored yet"),
)

setup = Table(
    "setup",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True),
    Column("version", Integer, primary_key=True, comment="of the rules that found it"),
    Column("direction", Text, nullable=False, comment="LONG or SHORT"),
    Column("entry", Money, nullable=False),
    Column("stop", Money, nullable=False),
    Column("targets", ARRAY(Money), nullable=False, comment="three, nearest first"),
    Column("risk_reward", Double, nullable=False, comment="mean of the targets on the tick over the stop distance"),
    Column("cost", Double, nullable=False, comment="round trip over the stop distance"),
    Column("range_ratio", Double, nullable=True, comment="range of the last candles over its norm; empty while not known"),
    Column("reasons", Json, nullable=False, comment="ordered, for a person"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "close_time"),
)

# 500 coins leave 48,000 rows a day: columns and no document.
score = Table(
    "score",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True, comment="of the 15m candle"),
    Column("version", Integer, primary_key=True, comment="of the rules"),
    Column("as_of", Moment, nullable=False, comment="what was known then counts"),
    Column("score", Double, nullable=True, comment="0..100, 50 is neutral; empty when no factor is known"),
    Column("coverage", Double, nullable=False, comment="share of all weights that is known, 0..1"),
    Column("confidence", Double, nullable=False, comment="share of the weights that agree over the share that has to, 0..1"),
    Column("created_at", Moment, nullable=False, comment="market time of the scoring"),
    *(
        Column(factor, Double, nullable=True, comment="points by which it moves the score from 50; empty while it is silent")
        for factor in ("technical", "sentiment", "onchain", "context", "momentum")
    ),
    Index(None, "close_time"),
)

rejection = Table(
    "rejection",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("close_time", Moment, nullable=False),
    Column("version", Integer, nullable=False, comment="of the setup"),
    Column("failed", Integer, nullable=False, comment="every check that failed, a bit each; the reason is the lowest"),
    Column("code", Text, nullable=False, comment="of the first reason"),
    Column("reasons", Json, nullable=False, comment="every check that failed, each with its figures"),
    Column("score", Double, nullable=True),
    Column("coverage", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("factors", Json, nullable=False, comment="what each factor said"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("symbol", "timeframe", "close_time", "version"),
    ForeignKeyConstraint(
        ["symbol", "timeframe", "close_time", "version"],
        ["setup.symbol", "setup.timeframe", "setup.close_time", "setup.version"],
        ondelete="CASCADE",
    ),
    CheckConstraint("failed > 0", name="failed"),
    Index(None, "close_time"),
)

# Written when the gate's pair crosses its averages: the newest row says what the gate is, and since when.
regime_change = Table(
    "regime_change",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True, comment="of the daily candle that changed it"),
    Column("version", Integer, primary_key=True, comment="of the rules"),
    Column("regime", SmallInteger, nullable=False, comment="1 longs, -1 shorts, 0 none"),
    Column("before", SmallInteger, nullable=True, comment="empty for the first that was known"),
    Column("noted_at", Moment, nullable=False),
)

# What became of a setup by each horizon: a row once it is known, never rewritten. What the figures are split by stands in it, so
# that it outlives the setup.
outcome = Table(
    "outcome",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("close_time", Moment, primary_key=True),
    Column("version", Integer, primary_key=True, comment="of the setup"),
    Column("hours", SmallInteger, primary_key=True, comment="of the horizon: 1, 4, 24 or 168"),
    Column("signal_id", BigInteger, ForeignKey("signal.id"), nullable=True, comment="empty for a rejection"),
    Column("code", Text, nullable=True, comment="of a rejection's first reason; empty for a signal"),
    Column("direction", SmallInteger, nullable=False, comment="1 long, -1 short"),
    Column("confidence", Double, nullable=False),
    Column("agreeing", ARRAY(Text), nullable=False, comment="factors that agreed"),
    Column("moved", Double, nullable=True, comment="how far the price went its way by then, a fraction, without costs"),
    Column("best", Double, nullable=True, comment="farthest in its favour until it ended, in R"),
    Column("worst", Double, nullable=True, comment="farthest against it, in R, 0 or less"),
    Column("first", SmallInteger, nullable=True, comment="1 the first target was touched first, -1 the stop, 0 neither"),
    Column("r", Double, nullable=True, comment="earned in R after costs when sold by then; empty: its candles never came"),
    Column("randoms", SmallInteger, nullable=False, comment="random entries beside it; only at the last horizon"),
    Column("random_r", Double, nullable=True, comment="mean of what they earned"),
    Column("random_won", Double, nullable=True, comment="share of them that earned anything"),
    Column("settled_at", Moment, nullable=False, comment="market time of the run"),
    CheckConstraint("(signal_id IS NULL) = (code IS NOT NULL)", name="kind"),
    CheckConstraint("(randoms > 0) = (random_r IS NOT NULL) AND (randoms > 0) = (random_won IS NOT NULL)", name="randoms"),
    Index(None, "close_time"),
    Index(None, "signal_id"),
)

# How a signal ended; until then it is new, then active, which its times say.
signal_end = Table(
    "signal_end",
    metadata,
    Column("signal_id", BigInteger, ForeignKey("signal.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False, comment="market time of the touch, or when its time was up"),
    Column("noted_at", Moment, nullable=False, comment="market time of the run"),
    CheckConstraint("state IN ('hit_tp', 'hit_sl', 'expired')", name="state"),
)
