"""The SQL of flows. Nothing seen after a moment is visible at it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from functions.onchain.flows import USD, Flow

_ADD = text("""
    INSERT INTO exchange_flow (source, exchange, asset, at, seen_at, unit, net, balance)
    SELECT :source, n.exchange, n.asset, :at, :seen_at, n.unit, n.net, n.balance
    FROM unnest(CAST(:exchange AS text[]), CAST(:asset AS text[]), CAST(:unit AS text[]), CAST(:net AS numeric[]),
                CAST(:balance AS numeric[])) AS n (exchange, asset, unit, net, balance)
    LEFT JOIN LATERAL (SELECT * FROM exchange_flow AS f
                       WHERE f.source = :source AND f.exchange = n.exchange AND f.asset = n.asset AND f.at = :at
                       ORDER BY f.seen_at DESC LIMIT 1) AS last ON true
    WHERE (last.unit, last.net, last.balance) IS DISTINCT FROM (n.unit, n.net, n.balance)
    ON CONFLICT DO NOTHING
""")
_NEWEST = text("""
    SELECT DISTINCT ON (source, exchange, asset) source, exchange, asset, at, unit, net, balance FROM exchange_flow
    WHERE at <= :as_of AND seen_at <= :as_of AND at > :as_of - interval '1 day'
    ORDER BY source, exchange, asset, at DESC, seen_at DESC
""")


def write_flows(connection: Connection, source: str, flows: Sequence[Flow], at: datetime, seen_at: datetime) -> int:
    """Keep what a source says of 24 hours that end at a moment; the same words again are no new row. Returns how many are new."""
    if not flows:
        return 0
    columns = {name: [getattr(flow, name) for flow in flows] for name in ("exchange", "asset", "unit", "net", "balance")}
    return connection.execute(_ADD, {**columns, "source": source, "at": at, "seen_at": seen_at}).rowcount


def newest_flows(connection: Connection, as_of: datetime) -> list[dict[str, Any]]:
    """Return the newest flow of each source, exchange and asset known at a moment and not older than a day.

    Those in USD come first, and of each unit the largest.
    """
    rows = [dict(row) for row in connection.execute(_NEWEST, {"as_of": as_of}).mappings()]
    return sorted(rows, key=lambda row: (row["unit"] != USD, row["unit"], -abs(row["net"])))
