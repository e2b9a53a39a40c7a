"""Reads over kept connections."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db import arrow
from db.arrow import Reader, read_arrow
from functions.settings import Settings
from tests.desk import until


def test_read_arrow_returns_typed_columns_in_utc(settings: Settings) -> None:
    table = read_arrow(settings.database("dashboard"), "SELECT $1::float8 AS value, now() AS at", (1.5,))
    assert table["value"].to_pylist() == [1.5]
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"


def test_quotes_in_a_value_stay_in_the_value(settings: Settings) -> None:
    assert read_arrow(settings.database("dashboard"), "SELECT $1::text AS it", ("a'); DROP TABLE x; --",))["it"].to_pylist() == [
        "a'); DROP TABLE x; --"
    ]


def test_a_kept_connection_that_the_server_has_ended_is_replaced(settings: Settings, engine: Engine) -> None:
    url = settings.database("functions")
    read_arrow(url, "SELECT 1 AS one")
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'functions' AND pid <> pg_backend_pid()")
        )
    assert read_arrow(url, "SELECT 2 AS two")["two"].to_pylist() == [2]


def test_a_late_failure_on_the_old_connections_leaves_the_new_ones_open(settings: Settings, engine: Engine) -> None:
    url = settings.database("functions")

    def ask(statement: str, **values: object) -> Any:
        with engine.connect() as connection:  # each time anew: within a transaction the activity stands still
            return connection.scalar(text(statement), values)

    def waiting() -> Any:
        return ask("SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()")

    with ThreadPoolExecutor(1) as threads, engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(77)"))
        read_arrow(url, "SELECT 0 AS none")
        late = threads.submit(read_arrow, url, "SELECT pg_advisory_lock(77) IS NULL AS it")
        until(waiting, "the late reader is inside its read", 30)
        held = waiting()
        read_arrow(url, "SELECT 1 AS one")  # leaves a second connection behind
        idle = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '' AND pid <> :held"
        assert ask(f"{idle} AND usename = 'functions' AND datname = current_database()", held=held)
        read_arrow(url, "SELECT 2 AS two")  # finds its connection ended, and makes new ones
        new = arrow._readers[url]
        ask("SELECT pg_terminate_backend(:held)", held=held)
        until(lambda: waiting() not in (None, held), "the late reader has failed and tries again", 30)
        holder.rollback()
        assert late.result(30)["it"].to_pylist() == [False]
    assert arrow._readers[url] is new


def test_a_database_that_is_away_is_the_same_error_as_everywhere(settings: Settings) -> None:
    with pytest.raises(OperationalError):
        read_arrow("postgresql://functions@/quorum?host=/nowhere", "SELECT 1")


def test_a_wrong_statement_is_an_error(settings: Settings) -> None:
    for _ in range(2):
        with pytest.raises(dbapi.Error, match="nowhere"):
            read_arrow(settings.database("functions"), "SELECT * FROM nowhere")


def test_connections_opened_and_closed_from_many_threads_are_counted_right(settings: Settings) -> None:
    for _ in range(5):
        reader = Reader(settings.database("functions"))
        with ThreadPoolExecutor(16) as threads:
            found = list(threads.map(reader.read, ["SELECT pg_sleep(0.002) IS NULL AS it"] * 64))
        assert {table.num_rows for table in found} == {1}
        reader.close()
