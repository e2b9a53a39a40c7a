"""Large transactions, who owns which address, and the flows that follow from both."""

from sqlalchemy import Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from db.tables.metadata import Moment, Money, metadata

whale_transaction = Table(
    "whale_transaction",
    metadata,
    Column("blockchain", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("part", Text, primary_key=True, comment="which transfer of it, as the feed numbers them"),
    Column("feed", Text, nullable=False, comment="that brought it first"),
    Column("at", Moment, nullable=False, comment="the chain's time"),
    Column("seen_at", Moment, nullable=False, comment="market time"),
    Column("action", Text, nullable=False, comment="transfer, mint, burn, lock or unlock"),
    Column("asset", Text, nullable=False),
    Column("amount", Money, nullable=False),
    Column("amount_usd", Money, nullable=False),
    Column("from_address", Text, nullable=False),
    Column("from_owner", Text, nullable=False, comment="as the feed said it; whale_label knows better"),
    Column("from_type", Text, nullable=False),
    Column("to_address", Text, nullable=False),
    Column("to_owner", Text, nullable=False),
    Column("to_type", Text, nullable=False),
    Index(None, "at"),
    Index(None, "blockchain", "from_address"),
    Index(None, "blockchain", "to_address"),
)

whale_label = Table(
    "whale_label",
    metadata,
    Column("blockchain", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("seen_at", Moment, primary_key=True, comment="market time; a revision is a later row"),
    Column("owner", Text, nullable=False, comment="empty when it is nobody's that is known"),
    Column("owner_type", Text, nullable=False, comment="exchange, unknown or another word of the source's"),
    Column("said_by", Text, nullable=False, comment="feed or desk"),
    Index(None, "seen_at"),
)

whale_flow = Table(
    "whale_flow",
    metadata,
    Column("coin", Text, primary_key=True),
    Column("hour", Moment, primary_key=True, comment="its beginning"),
    Column("seen_at", Moment, primary_key=True, comment="market time at which it was added up"),
    Column("inflow_usd", Money, nullable=False),
    Column("outflow_usd", Money, nullable=False),
    Column("internal_usd", Money, nullable=False),
    Column("cross_usd", Money, nullable=False),
    Column("other_usd", Money, nullable=False),
    Column("transactions", Integer, nullable=False),
    Column("revised_at", Moment, nullable=True, comment="seen_at of the row that takes its place"),
    Index(None, "hour"),
)

whale_poll = Table(
    "whale_poll",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("cursor", Text, nullable=True, comment="after which the next page begins"),
    Column("start_at", Moment, nullable=True, comment="market time the walk began at"),
    Column("asked_at", ARRAY(Moment), nullable=False, comment="wall times of the calls of the last minute"),
    Column("not_before", Moment, nullable=True, comment="wall time until which the source wants no call"),
)
