"""Why the database refuses or does not answer just now: one code and one plain sentence for each reason.

A statement that is wrong is a fault of ours and stays the driver's own error. What a later try may cure becomes `DatabaseAway`
with the reason's name, whichever class the driver has for it: a read-only server, for one, is an "internal error" there.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the database refuses or does not answer.

    Args:
        code: stable, for machines.
        sentence: for a person, with the next step where there is one.
        retry_after: seconds after which a caller may ask again; None when the same statement will fail again.
        one_transaction: it is about this transaction alone: others are done meanwhile.
    """

    code: str
    sentence: str
    retry_after: float | None = 2.0
    one_transaction: bool = False


AWAY = Reason("database_away", "the database does not answer; try again")
NO_CONNECTION_FREE = Reason(
    "database_pool_empty", "all database connections of this process are in use; try again when it has less to do"
)
_BY_STATE = {
    "25006": Reason(
        "database_read_only",
        "the database takes no writes for now: it is read-only (a fail-over, or a server that protects a full disk)",
        retry_after=10.0,
    ),
    "53100": Reason("database_full", "the disk of the database is full; free some space on it", retry_after=30.0),
    "53200": Reason("database_out_of_memory", "the database has no memory left; try again, and give its server more"),
    "53300": Reason(
        "database_connections", "the database takes no more connections: others hold all that its max_connections allows"
    ),
    "53400": Reason("database_limit", "a limit in the database's configuration forbids this statement", retry_after=None),
    "57014": Reason(
        "database_slow", "the database needed too long for a statement and ended it; try again", 5.0, one_transaction=True
    ),
    "40P01": Reason(
        "database_deadlock",
        "two transactions waited for each other and the database undid this one; try again",
        1.0,
        one_transaction=True,
    ),
    "40001": Reason(
        "database_conflict",
        "another transaction changed the same rows and the database undid this one; try again",
        1.0,
        one_transaction=True,
    ),
    "55P03": Reason(
        "database_locked", "another transaction holds what this one needs for too long; try again", one_transaction=True
    ),
    "58030": Reason(
        "database_disk", "the database cannot read or write its files; look at its disk and its log", retry_after=30.0
    ),
}
_BY_CLASS = {
    "08": AWAY,
    "53": Reason("database_exhausted", "the server of the database has run out of a resource; look at its log"),
    "57": AWAY,  # it is ended, starts, or ends this connection
    "58": _BY_STATE["58030"],
}


class DatabaseAway(OperationalError):
    """The database refuses or does not answer just now; `reason` says why. Ask again, unless it says otherwise."""

    def __init__(self, statement: str | None, parameters: Any, error: BaseException, reason: Reason, *, broken: bool) -> None:
        super().__init__(statement, parameters, error, hide_parameters=True, connection_invalidated=broken)
        self.reason = reason


# What a caller catches to keep what it holds and come back: the server does not do it now, or no connection is free.
DATABASE_AWAY = (DatabaseAway, PoolTimeout)


def reason_of(error: BaseException) -> Reason | None:
    """Return why the database refuses now; None when the error comes from our own statement and not from the state of the server.

    Args:
        error: of SQLAlchemy or of the driver.
    """
    if isinstance(error, DatabaseAway):
        return error.reason
    if isinstance(error, PoolTimeout):
        return NO_CONNECTION_FREE
    own = getattr(error, "orig", None) or error
    state = getattr(own, "sqlstate", None)
    if state:
        return _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    # Without a state the server has said nothing: the connection was not made, or it broke.
    return AWAY if isinstance(own, psycopg.OperationalError | psycopg.InterfaceError) else None


def name_reasons(engine: Engine) -> None:
    """Raise a `DatabaseAway` for every error of `engine` that comes from the state of the server."""
    event.listen(engine, "handle_error", _named)


def _named(context: ExceptionContext) -> None:
    wrapped = context.sqlalchemy_exception
    if context.is_pre_ping or wrapped is None:  # a pooled connection that has died is replaced without a word
        return
    reason = reason_of(context.original_exception)
    if reason:
        raise DatabaseAway(
            context.statement, context.parameters, context.original_exception, reason, broken=context.is_disconnect
        ) from context.original_exception


def words_of(error: BaseException) -> str:
    """Return the reason's sentence and the first line of what the driver said; secrets are not taken out of it."""
    reason = reason_of(error)
    own = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"{reason.sentence} ({own})" if reason else own
