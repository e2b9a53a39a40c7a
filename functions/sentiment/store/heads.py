"""The SQL of heads that this desk has learnt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from db.tables import sentiment_head


def keep_head(connection: Connection, document: str, figures: Mapping[str, Any], at: datetime) -> None:
    """Keep a head; it judges from now on. An empty document goes back to the shipped one."""
    connection.execute(insert(sentiment_head).values(taken_at=at, document=document, figures=dict(figures)))


def newest_head(connection: Connection) -> tuple[str, datetime] | None:
    """Return the document of the head that judges, and when it was taken; None for the shipped one."""
    newest = select(sentiment_head.c.document, sentiment_head.c.taken_at).order_by(sentiment_head.c.id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return (row.document, row.taken_at) if row and row.document else None
