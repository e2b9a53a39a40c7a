"""What the screener ranked, and which pairs came and went."""

from sqlalchemy import (
    BigInteger,
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

screener_run = Table(
    "screener_run",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="daily:DAY, now:MINUTE or at:MOMENT; the same key is the same run"),
    Column("as_of", Moment, nullable=False, comment="market time of its tickers"),
    Column("considered", Integer, nullable=False, comment="USDT pairs that traded"),
    Column("left_out", Json, nullable=False, comment="symbols by the code of the reason"),
    Column("note", Text, nullable=True, comment="why candles are missing, if the exchange did not give them"),
    Index(None, "as_of"),
)

screener_pick = Table(
    "screener_pick",
    metadata,
    Column("run_id", BigInteger, ForeignKey(screener_run.c.id, ondelete="CASCADE"), primary_key=True),
    Column("rank", Integer, primary_key=True, comment="1 is the best"),
    Column("symbol", Text, nullable=False),
    Column("score", Double, nullable=False, comment="0..1; what is not known earns nothing"),
    Column("coverage", Double, nullable=False, comment="0..1: how much of the score is known"),
    Column("direction", Text, nullable=True, comment="of the daily trend; empty when not known"),
    Column("price", Double, nullable=False),
    Column("change_24h", Double, nullable=False, comment="fraction: 0.01 is one percent"),
    Column("turnover_24h", Double, nullable=False, comment="in the quote coin"),
    Column("spread", Double, nullable=False, comment="fraction of the middle price"),
    Column("parts", Json, nullable=False, comment="the four scores, null where not known"),
    Column("reasons", Json, nullable=False, comment="the weightiest first"),
    CheckConstraint("direction IN ('up', 'down', 'none')", name="direction"),
    Index(None, "symbol"),
)

# Append-only: a pair may come, go, and come back.
listing = Table(
    "listing",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Moment, nullable=False, comment="market time: first seen, or last seen"),
    Column("seen_after", Moment, nullable=True, comment="the look before, when it was not there yet; empty when not known"),
    Column("price", Double, nullable=True, comment="the first one seen; empty when it had not traded"),
    Column("volume_24h", Double, nullable=True, comment="in the base coin"),
    Column("turnover_24h", Double, nullable=True, comment="in the quote coin"),
    Column("priced_at", Moment, nullable=True, comment="exchange time of price and volume"),
    Column("announcement", Json, nullable=True, comment="title and address, when the exchange announced it"),
    Column("noted_at", Moment, nullable=False, comment="market time"),
    UniqueConstraint("symbol", "event", "at"),
    CheckConstraint("event IN ('listed', 'delisted')", name="event"),
    Index(None, "noted_at"),
)
