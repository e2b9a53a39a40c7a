"""The SQL of the weekly allocation: one row for each setting of the shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from db.tables import core_allocation


@dataclass(frozen=True, slots=True)
class Allocation:
    """A setting of the shares: the daily close it stands on, why it was made, and its figures."""

    day: datetime
    code: str
    figures: Mapping[str, Any]
    set_at: datetime


def newest_allocation(connection: Connection, as_of: datetime) -> Allocation | None:
    """Return the newest setting up to a moment; None before the first."""
    table = core_allocation.c
    newest = select(core_allocation).where(table.set_at <= as_of).order_by(table.day.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return Allocation(row.day, row.code, row.figures, row.set_at) if row else None


def write_allocation(connection: Connection, allocation: Allocation) -> bool:
    """Write a setting; False when one of its day is there already."""
    values = {
        "day": allocation.day,
        "code": allocation.code,
        "figures": dict(allocation.figures),
        "set_at": allocation.set_at,
    }
    statement = insert(core_allocation).values(**values).on_conflict_do_nothing().returning(core_allocation.c.day)
    return connection.scalar(statement) is not None
