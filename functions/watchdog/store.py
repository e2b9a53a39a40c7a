"""What the watchdog reads and writes, in one transaction a round; it is the collector's role that does so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from db.tables import chat
from functions.delivery.messages.words import Language
from functions.market.candles.timeframe import Timeframe
from functions.status.store import beat, heartbeats, newest_close, workflow_states
from functions.watchdog.judge import Rows


def write_beats(connection: Connection, at: datetime, details: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the heartbeats of the watchdog and of the parts that it has seen answer."""
    connection.execute(text("SET LOCAL statement_timeout = '4s'"))
    for part, detail in details.items():
        beat(connection, part, at, dict(detail))


def read_rows(connection: Connection, wall: datetime, market: datetime) -> Rows:
    """Return what the database knows of the parts."""
    beats = heartbeats(connection)
    spoken = connection.execute(select(chat.c.chat_id, chat.c.language, chat.c.spoken))
    return Rows(
        beats=beats,
        newest_close=newest_close(connection, Timeframe.M5, market),
        workflows=workflow_states(connection, beats, wall),
        languages={row.chat_id: Language(row.language or row.spoken) for row in spoken if row.language or row.spoken},
    )
