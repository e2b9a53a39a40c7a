"""The SQL of what is told of mood: the headlines about a coin, and the shifts that an alert was raised of."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

MOOD_SHIFT = "mood_shift"  # the kind of the alert

# A headline in the words of its feed; one that another feed had told before is kept by what was judged of it alone.
_OF_COIN = text("""
    SELECT s.feed, coalesce(n.title, s.words) AS title, s.link, coalesce(n.summary, '') AS summary, s.published_at,
           s.first_seen_at, s.bearish, s.neutral, s.bullish, s.speaks, s.room
    FROM sentiment AS s LEFT JOIN news_item AS n USING (key)
    WHERE s.coin = :coin AND s.published_at > :after AND s.published_at <= :as_of AND s.first_seen_at <= :as_of
    ORDER BY s.published_at DESC, s.key LIMIT :count
""")
_TOLD = text("""
    SELECT shift ->> 'coin' AS coin, CAST(shift ->> 'delta' AS float8) > 0 AS up
    FROM alert, jsonb_array_elements(payload -> 'shifts') AS shift
    WHERE kind = :kind AND CAST(payload ->> 'at' AS timestamptz) > :after AND CAST(payload ->> 'at' AS timestamptz) <= :as_of
""")


def headlines_of(connection: Connection, coin: str, as_of: datetime, within: timedelta, count: int) -> list[dict[str, Any]]:
    """Return the headlines about a coin, or `MARKET`, with what was judged of each, newest first, as known at a moment."""
    values = {"coin": coin, "as_of": as_of, "after": as_of - within, "count": count}
    return [dict(row) for row in connection.execute(_OF_COIN, values).mappings()]


def told_shifts(connection: Connection, as_of: datetime, within: timedelta) -> frozenset[tuple[str, bool]]:
    """Return the coins whose shift was told in a span before a moment, with whether it was upwards."""
    rows = connection.execute(_TOLD, {"kind": MOOD_SHIFT, "as_of": as_of, "after": as_of - within})
    return frozenset((row.coin, row.up) for row in rows)
