"""The SQL behind the status page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import heartbeat, source_status
from functions.logs import hide_secrets
from functions.market.candles.timeframe import Timeframe
from functions.status.beats import Beat, n8n_ready_since
from functions.status.workflows import WorkflowRuns, WorkflowState, judge

_NEWEST = text("SELECT max(open_time) FROM candle WHERE timeframe = :timeframe AND open_time <= :at")
_SYMBOLS = text("SELECT count(*) FROM candle WHERE timeframe = :timeframe AND open_time = :opened")
# n8n's own tables: what `n8n.reading` lets us see of them. Before the first deploy that is nothing.
_SEEN_OF_N8N = text("""SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
                       WHERE s.nspname = 'n8n' AND c.relname IN ('workflow_entity', 'workflow_history', 'workflow_statistics')
                       AND has_schema_privilege(s.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')""")
_WORKFLOW_RUNS = text("""
    SELECT w.id, w.name, w."activeVersionId" IS NOT NULL AS published, w."updatedAt" AS changed_at,
           coalesce(h.nodes, w.nodes) AS nodes, coalesce(w.settings ->> 'timezone', 'UTC') AS zone, s.succeeded_at, s.failed_at
    FROM n8n.workflow_entity w
    LEFT JOIN n8n.workflow_history h ON h."versionId" = w."activeVersionId"
    LEFT JOIN (SELECT "workflowId",
                      max("latestEvent") FILTER (WHERE name = 'production_success') AS succeeded_at,
                      max("latestEvent") FILTER (WHERE name = 'production_error') AS failed_at
               FROM n8n.workflow_statistics GROUP BY "workflowId") s ON s."workflowId" = w.id
    WHERE w.meta -> 'quorum' IS NOT NULL AND coalesce(w.meta -> 'quorum' ->> 'resting', '') <> 'true' AND NOT w."isArchived"
    ORDER BY w.name""")


def beat(connection: Connection, part: str, at: datetime, detail: dict[str, Any]) -> None:
    """Write the heartbeat of a part."""
    statement = insert(heartbeat).values(part=part, at=at, detail=detail)
    connection.execute(statement.on_conflict_do_update(index_elements=["part"], set_={"at": at, "detail": detail}))


def forget_other_parts(connection: Connection, beginning: str, parts: Sequence[str]) -> None:
    """Remove the heartbeats of parts whose names begin so and that are none of these: they are no longer run."""
    others = heartbeat.c.part.startswith(beginning, autoescape=True) & heartbeat.c.part.not_in(parts)
    connection.execute(delete(heartbeat).where(others))


def try_to_write(connection: Connection) -> None:
    """Write a row and roll it back: reading alone would pass on a read-only server.

    Raises:
        DatabaseAway: the server does not take it, or not within three seconds.
    """
    with connection.begin() as transaction:
        connection.execute(text("SET LOCAL statement_timeout = '3s'"))
        connection.execute(insert(heartbeat).values(part="a try to write", at=func.now(), detail={}))
        transaction.rollback()


def heartbeats(connection: Connection) -> list[Beat]:
    """Return the last heartbeat of each part."""
    rows = connection.execute(select(heartbeat.c.part, heartbeat.c.at, heartbeat.c.detail).order_by(heartbeat.c.part))
    return [Beat(part=row.part, at=row.at, detail=row.detail) for row in rows]


def workflow_states(connection: Connection, beats: Sequence[Beat], now: datetime) -> list[WorkflowState]:
    """Return how each workflow of ours in n8n is at a wall time."""
    return judge(_workflow_runs(connection), n8n_ready_since(beats, now), now)


def _workflow_runs(connection: Connection) -> list[WorkflowRuns]:
    """Return each workflow of ours in n8n with its last runs; none while n8n's tables may not be read."""
    if connection.scalar(_SEEN_OF_N8N) != 3:
        return []
    return [
        WorkflowRuns(
            workflow=row.id,
            name=row.name,
            published=row.published,
            changed_at=row.changed_at,
            nodes=row.nodes,
            zone=row.zone,
            succeeded_at=row.succeeded_at,
            failed_at=row.failed_at,
        )
        for row in connection.execute(_WORKFLOW_RUNS)
    ]


def sources(connection: Connection, wall: datetime) -> list[dict[str, Any]]:
    """Return the state of every outside source at a wall time; a success or an error that came later is left out."""
    rows = connection.execute(select(source_status).order_by(source_status.c.source)).mappings()
    return [_source_at(dict(row), wall) for row in rows]


def _source_at(source: dict[str, Any], wall: datetime) -> dict[str, Any]:
    if source["last_success_at"] and source["last_success_at"] > wall:
        source |= {"last_success_at": None, "successes": None}
    if source["last_error_at"] and source["last_error_at"] > wall:
        source |= {"last_error_at": None, "last_error": None}
    return source


def newest_closes(connection: Connection, at: datetime) -> list[tuple[Timeframe, datetime, int]]:
    """Return per timeframe when its newest candle that was over by a moment closed, and how many symbols have it."""
    closes = []
    for timeframe in Timeframe:
        if closed := newest_close(connection, timeframe, at):
            opened = {"timeframe": timeframe.value, "opened": closed - timeframe.span}
            closes.append((timeframe, closed, connection.scalar(_SYMBOLS, opened) or 0))
    return closes


def newest_close(connection: Connection, timeframe: Timeframe, at: datetime) -> datetime | None:
    """Return when the newest candle of a timeframe that was over by a moment closed."""
    opened: datetime | None = connection.scalar(_NEWEST, {"timeframe": timeframe.value, "at": at - timeframe.span})
    return opened + timeframe.span if opened else None


def counts(connection: Connection, since: datetime) -> dict[str, int]:
    """Return how many signals there are since a market time, and how many gaps are open."""
    row = connection.execute(
        text("""SELECT (SELECT count(*) FROM signal WHERE created_at >= :since) AS signals,
                       (SELECT count(*) FROM gap WHERE closed_at IS NULL) AS gaps"""),
        {"since": since},
    ).one()
    return {"signals_24h": row.signals, "open_gaps": row.gaps}


def outbox_counts(connection: Connection, now: datetime, chat_id: int | None = None) -> dict[str, int]:
    """Return how many deliveries stand where, and how many live alerts have no chat to go to; of one chat, or of all.

    What nobody has claimed in time has expired, whether or not a claim came since to say so. `retried` are those that wait
    although they were tried already.
    """
    rows = connection.execute(
        text("""SELECT CASE WHEN d.state <> 'pending' AND coalesce(d.finished_at <= :now, true) THEN d.state
                            WHEN a.expires_at <= :now AND coalesce(d.lease_until <= :now, true) THEN 'expired'
                            ELSE 'pending' END AS state, count(*)
                FROM delivery d JOIN alert a ON a.id = d.alert_id
                WHERE a.created_at <= :now AND (CAST(:chat AS bigint) IS NULL OR d.chat_id = :chat) GROUP BY 1"""),
        {"now": now, "chat": chat_id},
    ).all()
    unaddressed = connection.scalar(
        text("""SELECT count(*) FROM alert WHERE created_at <= :now AND expires_at > :now
                AND NOT EXISTS (SELECT 1 FROM delivery WHERE alert_id = alert.id)"""),
        {"now": now},
    )
    retried = connection.scalar(
        text("""SELECT count(*) FROM delivery WHERE state = 'pending' AND failures > 0
                AND (CAST(:chat AS bigint) IS NULL OR chat_id = :chat)"""),
        {"chat": chat_id},
    )
    return {
        **dict.fromkeys(("pending", "delivered", "held", "dead", "expired"), 0),
        **dict(map(tuple, rows)),
        "retried": retried or 0,
        "unaddressed": unaddressed or 0,
    }


def send_errors(connection: Connection, since: datetime) -> tuple[str | None, str | None]:
    """Return Telegram's newest words, or None, about a message that waits and one given up since a moment, without secrets."""
    waiting = connection.scalar(
        text("""SELECT last_error FROM delivery WHERE state = 'pending' AND last_error IS NOT NULL
                ORDER BY next_attempt_at DESC LIMIT 1""")
    )
    refused = connection.scalar(
        text("""SELECT last_error FROM delivery WHERE state = 'dead' AND last_error IS NOT NULL AND finished_at >= :since
                ORDER BY finished_at DESC, id DESC LIMIT 1"""),
        {"since": since},
    )
    return waiting and hide_secrets(waiting), refused and hide_secrets(refused)


def told_of(connection: Connection, workflow: str, since: datetime) -> bool:
    """Tell whether the trader was told of a failed run of this workflow since a moment; callers hold `lock_alerts`."""
    return bool(
        connection.scalar(
            text("""SELECT EXISTS (SELECT 1 FROM alert WHERE kind = 'failed_run' AND created_at > :since
                    AND payload ->> 'workflow' = :workflow)"""),
            {"since": since, "workflow": workflow},
        )
    )


def lock_alerts(connection: Connection) -> None:
    """Lock these alerts until the transaction ends, so that none is raised twice."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('status alerts'))"))


def exchange_trouble(connection: Connection, since: datetime) -> str:
    """Return why the collector does not reach the exchange, by its word since a moment; empty when it does."""
    trouble = connection.scalar(
        text("SELECT detail ->> 'exchange_trouble' FROM heartbeat WHERE part = 'collector' AND at >= :since"), {"since": since}
    )
    return trouble or ""


def standing_outage(connection: Connection) -> datetime | None:
    """Return when the trader was told that the exchange is away, None when it is back; callers hold `lock_alerts`."""
    row = connection.execute(
        text("SELECT kind, created_at FROM alert WHERE kind IN ('exchange_away', 'exchange_back') ORDER BY id DESC LIMIT 1")
    ).one_or_none()
    return row.created_at if row is not None and row.kind == "exchange_away" else None


def moved_chats(connection: Connection) -> list[tuple[int, int]]:
    """Return the groups of the settings that have another id now, with it."""
    rows = connection.execute(text("SELECT chat_id, moved_to FROM recipient WHERE moved_to IS NOT NULL ORDER BY chat_id"))
    return [(row.chat_id, row.moved_to) for row in rows]
