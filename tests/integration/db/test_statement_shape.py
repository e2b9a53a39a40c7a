"""Statements of a shape that a hypertable answers by touching every chunk are noticed, and migrations fill no new columns."""

import json
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from db.migrate import alembic_config, create_database
from functions.settings import CHECKOUT
from tests.shape import Faults, adds_computed_column, unbounded_scans

HYPERTABLE = "0012"  # from here on what is added to candles is filled by who writes them
BOUNDED = "timeframe = '1h' AND open_time >= '2024-01-01Z' AND open_time < '2024-01-02Z'"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        for day in ("2023-06-01Z", "2024-01-01Z", "2024-06-01Z"):  # a hypertable has a chunk for each, and without any no plan
            connection.exec_driver_sql(f"INSERT INTO candle VALUES ('BTCUSDT', '1h', '{day}', 1, 1, 1, 1, 1, 1, 'ws')")
        yield connection


def faults(connection: Connection, statement: str) -> list[str]:
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}").scalar_one()
    return unbounded_scans((json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"])


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT close FROM candle WHERE {BOUNDED}",
        "SELECT close FROM candle WHERE timeframe = '1h' AND open_time = '2024-01-01Z'",
        "SELECT max(open_time) FROM candle WHERE timeframe = '1h' AND open_time <= '2024-01-01Z'",
        f"DELETE FROM candle WHERE {BOUNDED}",
        f"UPDATE candle SET source = 'rest' WHERE {BOUNDED} AND symbol = 'BTCUSDT'",
        f"""SELECT c.close FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-02Z', '8 hours') AS stretch (first)
            CROSS JOIN LATERAL (SELECT close FROM candle WHERE {BOUNDED} AND open_time >= stretch.first) AS c""",
        "INSERT INTO candle SELECT * FROM (VALUES (1)) AS nothing (one) WHERE false",
        "SELECT * FROM candle_revision",
    ],
)
def test_constant_timeframe_and_time_are_right(connection: Connection, statement: str) -> None:
    assert faults(connection, statement.replace("SELECT * FROM (VALUES", "SELECT NULL FROM (VALUES")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM candle",
        "SELECT count(*) FROM candle WHERE timeframe = '1h'",
        "SELECT max(open_time) FROM candle WHERE timeframe = '1h'",
        "SELECT close FROM candle WHERE open_time >= '2024-01-01Z'",
        "UPDATE candle SET source = 'rest' WHERE symbol = 'BTCUSDT' AND open_time = '2024-01-01Z'",
        "DELETE FROM candle WHERE timeframe = '5m'",
        f"""DELETE FROM candle WHERE (symbol, timeframe, open_time) IN (
                SELECT symbol, timeframe, open_time FROM candle WHERE {BOUNDED} LIMIT 50000)""",
        "DELETE FROM candle WHERE timeframe = '5m' AND open_time < (SELECT min(first_open_time) FROM gap)",
        "SELECT close FROM candle WHERE timeframe = '1h' AND open_time > now() - interval '1 day'",
        "SELECT c.close FROM candle_revision r JOIN candle c USING (symbol, timeframe, open_time)",
        """SELECT c.close FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-02Z', '8 hours') AS stretch (first)
           CROSS JOIN LATERAL (SELECT close FROM candle WHERE timeframe = '1h' AND open_time >= stretch.first) AS c""",
    ],
)
def test_a_time_that_is_no_constant_is_noticed(connection: Connection, statement: str) -> None:
    assert faults(connection, statement)


def test_a_wrong_statement_of_the_product_is_noticed_and_one_of_a_test_is_not(connection: Connection, statements: Faults) -> None:
    wrong = "connection.exec_driver_sql('SELECT count(*) FROM candle')"
    names = {"connection": connection}
    exec(compile(wrong, str(CHECKOUT / "tests" / "made_up.py"), "exec"), names)
    assert statements.take() == []
    exec(compile(wrong, str(CHECKOUT / "functions" / "made_up.py"), "exec"), names)
    (fault,) = statements.take()
    assert fault.startswith("functions/made_up.py: ")
    assert fault.endswith("SELECT count(*) FROM candle")


def test_no_migration_gives_candles_a_column_that_the_server_fills(postgres: str) -> None:
    url = make_url(postgres).set(database="one_by_one", drivername="postgresql+psycopg")
    create_database(url.render_as_string(hide_password=False))
    engine = create_engine(url, poolclass=NullPool)
    config = alembic_config()
    sent: list[str] = []
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HYPERTABLE)
        event.listen(connection, "before_cursor_execute", lambda *call: sent.append(call[2]))
        command.upgrade(config, "head")
    assert [statement for statement in sent if adds_computed_column(statement)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE candle ADD COLUMN middle float8 GENERATED ALWAYS AS ((high + low) / 2) STORED",
        "ALTER TABLE candle ADD middle float8 GENERATED ALWAYS AS ((high + low) / 2) STORED",
        "ALTER TABLE public.candle ADD COLUMN id BIGINT GENERATED BY DEFAULT AS IDENTITY",
        "ALTER TABLE ONLY candle\n    ADD COLUMN known_at timestamptz DEFAULT now() NOT NULL",
        "ALTER TABLE candle ADD COLUMN id BIGSERIAL",
    ],
)
def test_a_column_that_the_server_fills_is_noticed(statement: str) -> None:
    assert adds_computed_column(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE candle ADD COLUMN known_at timestamptz",
        "ALTER TABLE candle ADD COLUMN quality text DEFAULT '' NOT NULL",
        "ALTER TABLE candle_revision ADD COLUMN id BIGINT GENERATED BY DEFAULT AS IDENTITY",
        "ALTER TABLE candle ADD CONSTRAINT source CHECK (source <> '')",
        "CREATE INDEX ON candle (symbol)",
    ],
)
def test_other_changes_of_tables_are_right(statement: str) -> None:
    assert not adds_computed_column(statement)
