"""What statements on candles must look like, so that a hypertable plans and locks the chunks they are about and no others.

Every scan of `candle` has a constant timeframe and a constant bound of `open_time` in its plan. A join, a subselect or a lateral
stretch gives no constants: then all chunks are planned, locked and, in a delete, written to. It is looked for on a plain table:
the plan of a hypertable names chunks, without the bounds that are true of all their rows.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.pool import Pool

from functions.settings import CHECKOUT

CANDLE = re.compile(r"\bcandle\b")
_TIME = re.compile(r"\bopen_time (=|<|<=|>|>=|= ANY) \(?'")
_TIMEFRAME = re.compile(r"\btimeframe = (ANY \()?'")
_FILLED = r"\b(GENERATED\b|\w*SERIAL\b|DEFAULT\s+(\w+\(|CURRENT_))"
_ADDS_COLUMN = re.compile(rf"ALTER TABLE\s+(ONLY\s+)?(public\.)?candle\b.*\bADD\b(?!\s+CONSTRAINT).*{_FILLED}", re.I | re.S)
_SENT_BY = str(CHECKOUT / "functions")
_OURS = (_SENT_BY, str(CHECKOUT / "tests"), str(CHECKOUT / "db" / "migrat"))


def unbounded_scans(plan: Mapping[str, Any]) -> list[str]:
    """Return each scan of `candle` in a plan that lacks a constant timeframe or a constant bound of `open_time`."""
    found = []
    relation = str(plan.get("Relation Name", ""))
    hypertable = plan.get("Node Type") == "Custom Scan"
    if "Operation" not in plan and not hypertable and relation == "candle":
        conditions = " AND ".join(str(plan[name]) for name in ("Index Cond", "Recheck Cond", "Filter") if name in plan)
        if not (_TIME.search(conditions) and _TIMEFRAME.search(conditions)):
            found.append(f"{plan['Node Type']} of {relation} with ({conditions})")
    for part in plan.get("Plans", []):
        found += unbounded_scans(part)
    return found


def adds_computed_column(statement: str) -> bool:
    """Tell whether DDL gives `candle` a column that the server fills: a hypertable rewrites every chunk for it, or refuses it."""
    return bool(_ADDS_COLUMN.search(statement))


class Faults:
    """The statements that the product sent and that are of the wrong shape; each statement is explained once a run."""

    def __init__(self) -> None:
        self._explained: set[str] = set()
        self._found: list[str] = []

    def explain(self, cursor: psycopg.Cursor[Any], statement: str, parameters: Any) -> None:
        """Note what is wrong with a statement of the product's on candles; to be called before it runs."""
        if (
            statement in self._explained
            or not CANDLE.search(statement)
            or not statement.lstrip()[:6].upper().startswith(_PLANNED)
        ):
            return
        sender = _sender()
        if sender is None:
            return
        self._explained.add(statement)
        psycopg.Cursor.execute(cursor, f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        (explained,) = cursor.fetchone() or ([{"Plan": {}}],)
        self._found += [f"{sender}: {fault}: {' '.join(statement.split())}" for fault in unbounded_scans(explained[0]["Plan"])]

    def take(self) -> list[str]:
        """Return what was found since the last call."""
        found, self._found = self._found, []
        return found


_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def watched_statements() -> Iterator[Faults]:
    """Look at every statement that leaves this process, whichever connection it takes."""
    faults = Faults()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":
            if isinstance(query, str):
                faults.explain(self, query, params)
            return super().execute(query, params, **options)

        @contextmanager
        def copy(self, statement: Any, params: Any = None, **options: Any) -> Iterator[psycopg.Copy]:
            if isinstance(statement, str) and statement.startswith("COPY ("):
                with psycopg.ClientCursor(self.connection) as literal:  # as COPY has them
                    faults.explain(literal, statement[len("COPY (") : statement.rindex(") TO STDOUT")], params)
            with super().copy(statement, params, **options) as copy:
                yield copy

    def watch(connection: Any, _record: object) -> None:
        connection.cursor_factory = Cursor

    event.listen(Pool, "connect", watch)
    try:
        yield faults
    finally:
        event.remove(Pool, "connect", watch)


def _sender() -> str | None:
    """Return which module of the product sends what is being sent; None for a test or a migration."""
    frame = sys._getframe(1)
    while frame := frame.f_back:  # type: ignore[assignment]
        file = frame.f_code.co_filename
        if file == __file__:
            continue
        if file.startswith(_OURS):
            return str(Path(file).relative_to(CHECKOUT)) if file.startswith(_SENT_BY) else None
    return None
