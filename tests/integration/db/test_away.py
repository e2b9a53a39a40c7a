"""What the database does not do just now, met on a real server: each reason by its name, a mistake of ours as itself."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError

from db.away import AWAY, DATABASE_AWAY, DatabaseAway, reason_of
from db.connect import engine_for
from db.copy import copied

STATES = {
    "25006": "database_read_only",
    "40001": "database_conflict",
    "40P01": "database_deadlock",
    "53000": "database_exhausted",
    "53100": "database_full",
    "53200": "database_out_of_memory",
    "53300": "database_connections",
    "53400": "database_limit",
    "55P03": "database_locked",
    "57014": "database_slow",
    "57P01": "database_away",
    "58030": "database_disk",
    "08006": "database_away",
}


def raising(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'said so' USING ERRCODE = '{state}'; END $$"


def error_of(engine: Engine, *statements: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:  # noqa: PT012 - the last one raises
        for statement in statements:
            connection.execute(text(statement))
    return caught.value


@pytest.fixture
def narrow(database: str) -> Iterator[Engine]:
    """An engine with one connection that is waited for a moment only."""
    engine = engine_for(database, application="test", pool_size=1)
    engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    yield engine
    engine.dispose()


@pytest.mark.parametrize("state", STATES)
def test_state_of_the_server_has_its_name(engine: Engine, state: str) -> None:
    error = error_of(engine, raising(state))
    assert isinstance(error, DATABASE_AWAY)
    reason = reason_of(error)
    assert reason is not None
    assert reason.code == STATES[state]
    assert (reason.retry_after is None) == (state == "53400")


def test_sentences_are_as_many_as_the_reasons(engine: Engine) -> None:
    reasons = {reason_of(error_of(engine, raising(state))) for state in STATES}
    assert len({reason.sentence for reason in reasons if reason}) == len(set(STATES.values()))


@pytest.mark.parametrize(("statement", "kind"), [("SELECT * FROM nowhere", ProgrammingError), ("SELECT 'x'::int", DataError)])
def test_mistake_of_ours_is_no_state_of_the_server(engine: Engine, statement: str, kind: type[DBAPIError]) -> None:
    error = error_of(engine, statement)
    assert isinstance(error, kind)
    assert reason_of(error) is None
    assert not isinstance(error, DATABASE_AWAY)


def test_write_to_a_read_only_server_is_read_only(engine: Engine) -> None:
    error = error_of(engine, "SET TRANSACTION READ ONLY", "DELETE FROM heartbeat")
    assert isinstance(error, DatabaseAway)
    assert error.reason.code == "database_read_only"


def test_statement_that_takes_too_long_is_slow(engine: Engine) -> None:
    error = error_of(engine, "SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(60)")
    assert isinstance(error, DatabaseAway)
    assert error.reason.code == "database_slow"


def test_lock_that_is_waited_for_too_long_is_locked(engine: Engine) -> None:
    with engine.begin() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        error = error_of(engine, "SET LOCAL lock_timeout = '50ms'", "SELECT pg_advisory_xact_lock(1)")
    assert isinstance(error, DatabaseAway)
    assert error.reason.code == "database_locked"


def test_two_that_wait_for_each_other_are_a_deadlock_and_not_a_database_that_is_away(engine: Engine) -> None:
    both, errors = threading.Barrier(2), list[BaseException]()

    def take(first: int, second: int) -> None:
        try:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": first})
                both.wait(20)
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": second})
        except DATABASE_AWAY as error:
            errors.append(error)

    threads = [threading.Thread(target=take, args=locks) for locks in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reason.code for error in errors if (reason := reason_of(error))] == ["database_deadlock"]


def test_no_free_connection_has_its_name(narrow: Engine) -> None:
    with narrow.connect(), narrow.connect(), pytest.raises(DATABASE_AWAY) as caught:
        narrow.connect()
    reason = reason_of(caught.value)
    assert reason is not None
    assert reason.code == "database_pool_empty"


def test_server_that_is_not_there_is_away() -> None:
    nowhere = engine_for("postgresql://functions@/quorum?host=/nowhere", application="test")
    with pytest.raises(DatabaseAway) as caught:
        nowhere.connect()
    assert caught.value.reason is AWAY


def test_reason_of_a_copy_is_that_of_every_other_statement(engine: Engine) -> None:
    slow = "SELECT pg_sleep(60)::text"
    with pytest.raises(DatabaseAway) as caught, engine.begin() as connection:  # noqa: PT012 - the last one raises
        connection.execute(text("SET LOCAL statement_timeout = '50ms'"))
        list(copied(connection, slow, ("text",), {}))
    assert caught.value.reason.code == "database_slow"
