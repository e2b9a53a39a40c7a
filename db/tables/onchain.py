"""What flows to exchanges."""

from sqlalchemy import Column, Index, Table, Text

from db.tables.metadata import Moment, Money, metadata

exchange_flow = Table(
    "exchange_flow",
    metadata,
    Column("source", Text, primary_key=True),
    Column("exchange", Text, primary_key=True, comment="its name, or issuers for the supply of stablecoins"),
    Column("asset", Text, primary_key=True, comment="stablecoins, all, or a coin"),
    Column("at", Moment, primary_key=True, comment="end of the 24 hours"),
    Column("seen_at", Moment, primary_key=True, comment="market time; a restatement has the same at and a later one"),
    Column("unit", Text, nullable=False, comment="of both amounts: USD, or the coin itself"),
    Column("net", Money, nullable=False, comment="in less out"),
    Column("balance", Money, nullable=True, comment="what is there; empty where the source does not say"),
    Index(None, "at"),
)
