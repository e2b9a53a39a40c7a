"""The SQL of flows. Nothing seen after a moment is visible at it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import exchange_flow
from functions.onchain.flows import Flow

_NEWEST = text("""
    SELECT DISTINCT ON (source, exchange, asset) source, exchange, asset, at, net_usd, balance_usd FROM exchange_flow
    WHERE at <= :as_of AND seen_at <= :as_of AND at > :as_of - interval '1 day'
    ORDER BY source, exchange, asset, at DESC, seen_at DESC
""")


def write_flows(connection: Connection, source: str, flows: Sequence[Flow], at: datetime, seen_at: datetime) -> int:
    """Keep what a source says of 24 hours that end at a moment; the same words again are no new row. Returns how many are new."""
    rows = [
        {
            "source": source,
            "exchange": flow.exchange,
            "asset": flow.asset,
            "at": at,
            "seen_at": seen_at,
            "net_usd": flow.net_usd,
            "balance_usd": flow.balance_usd,
        }
        for flow in flows
    ]
    if not rows:
        return 0
    statement = insert(exchange_flow).on_conflict_do_nothing().returning(exchange_flow.c.exchange)
    return len(connection.execute(statement, rows).all())


def newest_flows(connection: Connection, as_of: datetime) -> list[dict[str, Any]]:
    """Return the newest flow of each source, exchange and asset known at a moment and not older than a day, the largest first."""
    rows = [dict(row) for row in connection.execute(_NEWEST, {"as_of": as_of}).mappings()]
    return sorted(rows, key=lambda row: -abs(row["net_usd"]))
