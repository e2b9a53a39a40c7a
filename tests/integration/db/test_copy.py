"""Reads by COPY."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db.connect import engine_for
from db.copy import copied


def read(engine: Engine, statement: str, types: tuple[str, ...], parameters: dict[str, object]) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return list(copied(connection, statement, types, parameters))


def test_copied_yields_typed_rows(engine: Engine) -> None:
    statement = "SELECT number, '\\x0102'::bytea FROM generate_series(1::int8, %(last)s) AS number"
    assert read(engine, statement, ("int8", "bytea"), {"last": 2}) == [(1, b"\x01\x02"), (2, b"\x01\x02")]


def test_quotes_in_a_value_stay_in_the_value(engine: Engine) -> None:
    it = "a'); DROP TABLE x; --"
    assert read(engine, "SELECT %(it)s::text", ("text",), {"it": it}) == [(it,)]


def test_a_kept_connection_that_the_server_has_ended_is_replaced(engine: Engine) -> None:
    assert read(engine, "SELECT 1", ("int4",), {}) == [(1,)]
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'functions' AND pid <> pg_backend_pid()")
        )
    assert read(engine, "SELECT 2", ("int4",), {}) == [(2,)]


def test_a_connection_that_ends_in_the_middle_is_the_error_of_a_database_that_is_away_and_the_next_read_works(
    engine: Engine,
) -> None:
    end = "SELECT pg_terminate_backend(pg_backend_pid())::int4 FROM generate_series(1, 100000)"
    with pytest.raises(OperationalError):
        read(engine, end, ("int4",), {})
    assert read(engine, "SELECT 2", ("int4",), {}) == [(2,)]


def test_a_database_that_is_away_is_the_same_error_as_everywhere() -> None:
    away = engine_for("postgresql://functions@/quorum?host=/nowhere", application="test")
    with pytest.raises(OperationalError):
        read(away, "SELECT 1", ("int4",), {})


def test_a_wrong_statement_is_an_error_and_leaves_the_connection_fit(engine: Engine) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable, match="nowhere"):
            read(engine, "SELECT * FROM nowhere", ("int4",), {})
    assert read(engine, "SELECT 3", ("int4",), {}) == [(3,)]


def test_a_reader_that_stops_early_leaves_the_connection_fit(engine: Engine) -> None:
    for _ in range(3):
        with engine.connect() as connection:
            rows = copied(connection, "SELECT number FROM generate_series(1, 1000000) AS number", ("int4",), {})
            assert next(rows) == (1,)
            rows.close()  # type: ignore[attr-defined]
    assert read(engine, "SELECT 4", ("int4",), {}) == [(4,)]
