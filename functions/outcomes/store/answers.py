"""What is asked of outcomes afterwards, now or as of then. Read only; an outcome counts from the moment it was written at."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from functions.outcomes.lift import Days, band_of
from functions.outcomes.results import HOLD, HOUR

_LAST = HOLD // HOUR
_KINDS = {"signal": "signal_id IS NOT NULL", "rejection": "signal_id IS NULL", "setup": "true"}
_COUNTED = "hours = :last AND randoms > 0 AND close_time > :since AND settled_at <= :as_of"
_MEANS = (
    "count(*) AS ideas, avg(r) AS r, avg(random_r) AS random_r, avg((r > 0)::int)::float8 AS won, avg(random_won) AS random_won"
)
_DAY = "date_trunc('day', close_time, 'UTC')"


class Split(StrEnum):
    """What outcomes are split by."""

    ALL = "all"
    TIMEFRAME = "timeframe"
    COIN = "coin"
    CONFIDENCE = "confidence"
    REASON = "reason"
    FACTOR = "factor"


_SPLITS = {
    Split.ALL: "''",
    Split.TIMEFRAME: "timeframe",
    Split.COIN: "symbol",
    Split.CONFIDENCE: "least(floor(confidence * 10), 9)::text",
    Split.REASON: "coalesce(code, '')",
}
_DAYS = " UNION ALL ".join(
    f"(SELECT '{split}' AS split, {name} AS name, {_DAY} AS day, {_MEANS} FROM counted GROUP BY 2, 3)"  # noqa: S608
    for split, name in _SPLITS.items()
)
_FACTORS = f"""(SELECT '{Split.FACTOR}', factor, {_DAY}, {_MEANS}
                FROM counted CROSS JOIN LATERAL unnest(agreeing) AS said (factor) GROUP BY 2, 3)"""  # noqa: S608
_COUNTED_DAYS = {
    kind: text(f"""WITH counted AS MATERIALIZED (SELECT * FROM outcome WHERE {where} AND {_COUNTED})
                   {_DAYS} UNION ALL {_FACTORS} ORDER BY 1, 2, 3""")  # noqa: S608
    for kind, where in _KINDS.items()
}


@dataclass(frozen=True, slots=True)
class OutcomeFilter:
    """Which outcomes are asked for; None leaves a filter out."""

    kind: str = "setup"
    symbol: str | None = None
    timeframe: str | None = None
    direction: int | None = None
    code: str | None = None
    hours: int | None = None
    least_confidence: float = 0.0


def days_by(connection: Connection, kind: str, since: datetime, as_of: datetime) -> Mapping[Split, Mapping[str, Days]]:
    """Return what each UTC day came to at the last horizon, of all and of each part; ideas without random entries are left out.

    Args:
        connection: of the caller's.
        kind: signal, rejection, or setup for both.
        since: closes from then on count.
        as_of: what was written by then counts.
    """
    rows: defaultdict[tuple[Split, str], list[Any]] = defaultdict(list)
    for row in connection.execute(_COUNTED_DAYS[kind], {"last": _LAST, "since": since, "as_of": as_of}):
        rows[Split(row.split), row.name].append(row)
    found: dict[Split, dict[str, Days]] = {split: {} for split in Split}
    for (split, name), days in rows.items():
        label = band_of(int(name) / 10 + 0.05) if split is Split.CONFIDENCE else name
        if label or split is Split.ALL:
            found[split][label] = Days(
                ideas=np.array([day.ideas for day in days], dtype=np.int64),
                **{mean: np.array([getattr(day, mean) for day in days]) for mean in ("r", "random_r", "won", "random_won")},
            )
    return found


@dataclass(frozen=True, slots=True)
class IdeaCount:
    """How many ideas there are: measured to the last horizon, still running, never to be known, without random entries."""

    measured: int
    running: int
    unknown: int
    alone: int


def count_ideas(connection: Connection, kind: str, since: datetime, as_of: datetime) -> IdeaCount:
    """Count the ideas of closes since a moment, as known at another."""
    row = connection.execute(
        text(f"""
            SELECT count(*) FILTER (WHERE hours = :last AND r IS NOT NULL) AS measured,
                   count(*) FILTER (WHERE hours = 1) - count(*) FILTER (WHERE hours = :last) AS running,
                   count(*) FILTER (WHERE hours = :last AND r IS NULL) AS unknown,
                   count(*) FILTER (WHERE hours = :last AND r IS NOT NULL AND randoms = 0) AS alone
            FROM outcome WHERE {_KINDS[kind]} AND close_time > :since AND settled_at <= :as_of
        """),  # noqa: S608 - our own condition
        {"last": _LAST, "since": since, "as_of": as_of},
    ).one()
    return IdeaCount(measured=row.measured, running=max(row.running, 0), unknown=row.unknown, alone=row.alone)


def outcomes(connection: Connection, asked: OutcomeFilter, since: datetime, as_of: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the newest outcomes, newest close first, the shortest horizon of an idea first."""
    rows = connection.execute(
        text(f"""
            SELECT symbol, timeframe, close_time, direction, signal_id, code, confidence, agreeing, hours, moved, best, worst,
                   first, r, randoms, random_r, random_won, settled_at
            FROM outcome
            WHERE {_KINDS[asked.kind]} AND close_time > :since AND settled_at <= :as_of AND confidence >= :least
              AND (CAST(:symbol AS text) IS NULL OR symbol = :symbol)
              AND (CAST(:timeframe AS text) IS NULL OR timeframe = :timeframe)
              AND (CAST(:direction AS int) IS NULL OR direction = :direction)
              AND (CAST(:code AS text) IS NULL OR code = :code)
              AND (CAST(:hours AS int) IS NULL OR hours = :hours)
            ORDER BY close_time DESC, symbol, timeframe, hours LIMIT :limit
        """),  # noqa: S608 - our own condition
        {
            "since": since,
            "as_of": as_of,
            "least": asked.least_confidence,
            "symbol": asked.symbol,
            "timeframe": asked.timeframe,
            "direction": asked.direction,
            "code": asked.code,
            "hours": asked.hours,
            "limit": limit,
        },
    )
    return [dict(row) for row in rows.mappings()]
