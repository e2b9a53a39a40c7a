"""What is asked of scores afterwards, now or as of then. Read only; a row counts from the moment it was written at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from functions.factors.reading import Factor
from functions.scoring.document import SOURCE, SignalAlert, signal_alert

_SCORE = "symbol, close_time, as_of, score, coverage, confidence, technical, sentiment, onchain, context, momentum"
_REJECTION = """
    SELECT r.id AS rejection_id, r.symbol, r.timeframe, r.close_time, s.direction, s.entry, s.stop, s.targets, s.risk_reward,
           s.expires_at, r.code, r.reasons, s.reasons AS setup_reasons, r.score, r.coverage, r.confidence, r.factors
    FROM rejection AS r JOIN setup AS s USING (symbol, timeframe, close_time, version)
"""
LOOK_BACK = timedelta(days=1)  # a coin without a score for so long is not watched any more


def newest_scores(connection: Connection, as_of: datetime, symbol: str | None = None) -> list[dict[str, Any]]:
    """Return the newest score of every coin, or of one, as known at a moment."""
    rows = connection.execute(
        text(f"""
            SELECT newest.* FROM (SELECT symbol FROM symbol WHERE CAST(:symbol AS text) IS NULL OR symbol = :symbol) AS known
            CROSS JOIN LATERAL (
                SELECT {_SCORE} FROM score AS s
                WHERE s.symbol = known.symbol AND s.close_time > :first AND s.close_time <= :as_of AND s.created_at <= :as_of
                ORDER BY s.close_time DESC, s.version DESC LIMIT 1) AS newest
            ORDER BY newest.score DESC NULLS LAST, newest.symbol
        """),  # noqa: S608 - our own names
        {"as_of": as_of, "first": as_of - LOOK_BACK, "symbol": symbol},
    )
    return [_score(row, as_of) for row in rows.mappings()]


def score_history(connection: Connection, symbol: str, since: datetime, as_of: datetime) -> list[dict[str, Any]]:
    """Return a coin's scores between two moments, oldest first."""
    rows = connection.execute(
        text(f"""
            SELECT {_SCORE} FROM score
            WHERE symbol = :symbol AND close_time > :since AND close_time <= :as_of AND created_at <= :as_of
            ORDER BY close_time, version
        """),  # noqa: S608 - our own names
        {"symbol": symbol, "since": since, "as_of": as_of},
    )
    return [_score(row, as_of) for row in rows.mappings()]


def _score(row: RowMapping, as_of: datetime) -> dict[str, Any]:
    names = ("symbol", "close_time", "as_of", "score", "coverage", "confidence")
    points = {factor: row[factor.value] for factor in Factor if row[factor.value] is not None}
    age = (as_of - row["close_time"]).total_seconds()
    return {**{name: row[name] for name in names}, "age_seconds": age, "points": points}


def rejections(
    connection: Connection, since: datetime, as_of: datetime, limit: int, symbol: str | None = None
) -> list[dict[str, Any]]:
    """Return the newest rejections of setups that closed between two moments; of one coin, or of all."""
    return _rejections(
        connection,
        """WHERE r.close_time > :since AND r.close_time <= :as_of AND r.created_at <= :as_of
             AND (CAST(:symbol AS text) IS NULL OR r.symbol = :symbol)
           ORDER BY r.close_time DESC, r.score DESC NULLS LAST, r.symbol, r.timeframe LIMIT :limit""",
        {"since": since, "as_of": as_of, "symbol": symbol, "limit": limit},
    )


def rejection_by_id(connection: Connection, number: int, as_of: datetime) -> dict[str, Any] | None:
    """Return one rejection; None when there is none."""
    found = _rejections(connection, "WHERE r.id = :number AND r.created_at <= :as_of", {"number": number, "as_of": as_of})
    return found[0] if found else None


def watch_list(connection: Connection, as_of: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the rejected setups whose time is not over at a moment, of each coin the newest; the clearest score first."""
    found = _rejections(
        connection,
        """WHERE r.close_time > :first AND r.created_at <= :as_of AND s.expires_at > :as_of
           ORDER BY r.close_time DESC, r.timeframe DESC""",
        {"as_of": as_of, "first": as_of - LOOK_BACK},
    )
    newest: dict[str, dict[str, Any]] = {}
    for row in found:
        newest.setdefault(row["symbol"], row)

    def strength(row: Mapping[str, Any]) -> float:
        return 0.0 if row["score"] is None else abs(float(row["score"]) - 50.0)

    return sorted(newest.values(), key=lambda row: (-strength(row), row["symbol"]))[:limit]


def _rejections(connection: Connection, where: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = connection.execute(text(f"{_REJECTION} {where}"), values).mappings()
    return [
        {
            **row,
            **{name: f"{row[name]:f}" for name in ("entry", "stop")},
            "targets": [f"{target:f}" for target in row["targets"]],
            "age_seconds": (values["as_of"] - row["close_time"]).total_seconds(),
        }
        for row in rows
    ]


def rejection_counts(connection: Connection, since: datetime, as_of: datetime, symbol: str | None = None) -> dict[str, int]:
    """Return how many setups that closed between two moments were rejected, by their first reason, most first."""
    rows = connection.execute(
        text("""
            SELECT code, count(*) AS number FROM rejection
            WHERE close_time > :since AND close_time <= :as_of AND created_at <= :as_of
              AND (CAST(:symbol AS text) IS NULL OR symbol = :symbol)
            GROUP BY code ORDER BY number DESC, code
        """),
        {"since": since, "as_of": as_of, "symbol": symbol},
    )
    return {row.code: row.number for row in rows}


def signal_count(connection: Connection, since: datetime, as_of: datetime, symbol: str | None = None) -> int:
    """Return how many signals there were of closes between two moments."""
    statement = text("""
        SELECT count(*) FROM signal WHERE source = :source AND created_at > :since AND created_at <= :as_of
          AND close_time > :since AND (CAST(:symbol AS text) IS NULL OR symbol = :symbol)
    """)
    return int(connection.scalar(statement, {"source": SOURCE, "since": since, "as_of": as_of, "symbol": symbol}) or 0)


def signal_by_id(connection: Connection, number: int) -> SignalAlert | None:
    """Return one signal; None when there is none of that number."""
    row = connection.execute(
        text("SELECT * FROM signal WHERE id = :number AND source = :source"), {"number": number, "source": SOURCE}
    )
    found = row.mappings().one_or_none()
    return None if found is None else signal_alert(found["id"], dict(found))


def newest_scored(connection: Connection, as_of: datetime) -> datetime | None:
    """Return the newest close that was scored by a moment; None when none was."""
    statement = text("SELECT max(close_time) FROM score WHERE close_time <= :as_of AND created_at <= :as_of")
    newest: datetime | None = connection.scalar(statement, {"as_of": as_of})
    return newest


def knows(connection: Connection, symbol: str) -> bool:
    """Tell whether the exchange has this pair."""
    return connection.scalar(text("SELECT 1 FROM symbol WHERE symbol = :symbol"), {"symbol": symbol}) is not None
