"""The SQL behind answers: signals, states, the best coins, what was not delivered. Read only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from functions.market.candles.freshness import Stale, freshness
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import PEGGED
from functions.pairs import QUOTE
from functions.scoring.store import answers
from functions.technical.setups.reasons import stale_reason

_TRENDS = {1: "up", -1: "down", 0: "flat"}


def signal_by_id(connection: Connection, signal_id: int) -> dict[str, Any] | None:
    """Return a signal as its alert's payload has it; None when there is none."""
    signal = answers.signal_by_id(connection, signal_id)
    return signal.model_dump(mode="json") if signal else None


def read_states(connection: Connection, symbol: str, at: datetime) -> list[dict[str, Any]]:
    """Return the newest state of each timeframe of a symbol, the shortest first; a late one has that as its only reason."""
    rows = connection.execute(
        text("""
            SELECT t.timeframe, newest.*
            FROM unnest(ARRAY['15m', '1h', '4h', '1d']) WITH ORDINALITY AS t (timeframe, place)
            CROSS JOIN LATERAL (SELECT close_time, trend, reason, code, params, state FROM technical_state s
                WHERE s.symbol = :symbol AND s.timeframe = t.timeframe AND s.close_time <= :at
                ORDER BY close_time DESC, version DESC LIMIT 1) AS newest
            ORDER BY place
        """),
        {"symbol": symbol, "at": at},
    )
    return [
        {
            "timeframe": row.timeframe,
            "close_time": row.close_time,
            "trend": _TRENDS[row.trend],
            "reasons": _late(symbol, row.timeframe, row.close_time, at) or _reasons(row),
        }
        for row in rows
    ]


def _reasons(row: Row[Any]) -> list[dict[str, Any]]:
    """Return all reasons of a setup, else the one that every state has."""
    return (row.state or {}).get("reasons") or [{"code": row.code, "params": row.params, "text": row.reason}]


def _late(symbol: str, timeframe: str, close: datetime, at: datetime) -> list[dict[str, Any]]:
    judged = freshness([symbol], [close], Timeframe(timeframe), at)[0]
    return [stale_reason(judged).as_json()] if isinstance(judged, Stale) else []


def is_known(connection: Connection, symbol: str) -> bool:
    """Tell whether the exchange has this pair."""
    return not unknown_symbols(connection, [symbol])


def unknown_symbols(connection: Connection, symbols: Sequence[str]) -> list[str]:
    """Return those that are no pairs of the exchange, in order."""
    pairs = set(connection.scalars(text("SELECT symbol FROM symbol WHERE symbol = ANY(:symbols)"), {"symbols": list(symbols)}))
    return [symbol for symbol in symbols if symbol not in pairs]


def newest_closes(connection: Connection, symbol: str, timeframe: Timeframe, at: datetime, most: int) -> list[datetime]:
    """Return when the newest candles of a symbol closed that had opened by a moment, the newest first."""
    newest = """SELECT open_time FROM candle WHERE symbol = :symbol AND timeframe = :timeframe AND open_time <= :at
                ORDER BY open_time DESC LIMIT :most"""
    rows = connection.execute(text(newest), {"symbol": symbol, "timeframe": timeframe, "at": at, "most": most})
    return [row.open_time + timeframe.span for row in rows]


def largest_coins(connection: Connection, count: int) -> list[dict[str, Any]]:
    """Return the coins with the largest turnover and their daily trend, for as long as nothing was screened."""
    rows = connection.execute(
        text("""
            SELECT t.symbol, t.price, t.change_24h, t.turnover_24h, daily.trend, daily.strength
            FROM ticker t LEFT JOIN LATERAL (SELECT trend, strength FROM technical_state s
                                             WHERE s.symbol = t.symbol AND s.timeframe = '1d'
                                             ORDER BY close_time DESC LIMIT 1) AS daily ON true
            WHERE t.symbol <> ALL(:pegged)
            ORDER BY t.turnover_24h DESC LIMIT :count
        """),
        {"count": count, "pegged": [f"{base}{QUOTE}" for base in PEGGED]},
    )
    return [
        {"rank": rank, **row, "reasons": _trend(row["trend"], row["strength"])} for rank, row in enumerate(rows.mappings(), 1)
    ]


def _trend(trend: int | None, strength: float | None) -> list[dict[str, Any]]:
    if trend is None or strength is None:
        return []
    word = _TRENDS[trend]
    text_ = f"daily trend {word} (strength {strength:.0%})"
    return [{"code": "daily_trend", "params": {"trend": word, "strength": strength}, "text": text_}]


def dead_letters(connection: Connection, limit: int, chat_id: int | None = None) -> list[dict[str, Any]]:
    """Return the messages that were given up, newest first; of one chat, or of all."""
    rows = connection.execute(
        text("""SELECT d.id, d.chat_id, a.kind, a.symbol, d.attempts, d.last_error AS error, d.finished_at
                FROM delivery d JOIN alert a ON a.id = d.alert_id
                WHERE d.state = 'dead' AND (CAST(:chat AS bigint) IS NULL OR d.chat_id = :chat)
                ORDER BY d.finished_at DESC LIMIT :limit"""),
        {"limit": limit, "chat": chat_id},
    )
    return [dict(row) for row in rows.mappings()]


def is_made(connection: Connection, key: str) -> bool:
    """Tell whether the paper request of this key was carried out."""
    return connection.scalar(text("SELECT 1 FROM paper_request WHERE key = :key LIMIT 1"), {"key": key}) is not None
