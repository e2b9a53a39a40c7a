"""Candles on a real TimescaleDB: their shape, the way there from the old one, and what a restore leaves running."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db import embedded
from db.migrate import alembic_config, create_database, current_and_head, migrate
from db.timescale import CHUNK, Offer, ask
from functions.market.run.retention import apply_retention
from functions.operations.backup import backup, restore
from functions.settings import Settings
from tests.conftest import make_settings
from tests.desk import until
from tests.integration.operations.test_backup import assert_whole, fill
from tests.server import drop, passable_folder, running_server

pytestmark = pytest.mark.timescale

FIRST = datetime(2023, 1, 4, tzinfo=UTC)
DAYS = 500
OLD = datetime(2024, 4, 1, tzinfo=UTC)  # chunks before it are compressed in the old shape
CONTENTS = """SELECT md5(string_agg(md5(ROW(symbol, timeframe, open_time, open, high, low, close, volume, source)::text), ''
                         ORDER BY symbol, timeframe, open_time)), count(*) FROM candle"""
CHUNKS = """SELECT range_end - range_start AS span, is_compressed FROM timescaledb_information.chunks
            WHERE hypertable_name = 'candle' ORDER BY range_start"""
SCHEDULER = """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND backend_type LIKE 'TimescaleDB Background Worker Scheduler%'"""
WAITING = """SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = :mode
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
COMPRESS = "SELECT compress_chunk(chunk) FROM show_chunks('candle', older_than => :at) chunk"
# The shape candles had: chunks of a week, compressed after a week.
COMPRESSED_WEEKS = (
    "CREATE EXTENSION IF NOT EXISTS timescaledb",
    "SELECT create_hypertable('candle', 'open_time', chunk_time_interval => INTERVAL '7 days', migrate_data => true)",
    "ALTER TABLE candle SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol, timeframe',"
    " timescaledb.compress_orderby = 'open_time DESC')",
)
POLICY = "SELECT add_compression_policy('candle', INTERVAL '7 days')"


def engine_of(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)


def put(connection: Connection, first: datetime, days: int, source: str = "rest") -> None:
    connection.execute(
        text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, turnover, source)
                SELECT name, '4h', at, 1, 2, 1, 1 + random(), random(), 1, :source
                FROM unnest(ARRAY['AAAUSDT', 'BBBUSDT']) AS name,
                     generate_series(CAST(:first AS timestamptz), :last, INTERVAL '4 hours') AS at"""),
        {"first": first, "last": first + timedelta(days=days), "source": source},
    )


@pytest.fixture(params=["0009", "head"])
def old_shape(request: pytest.FixtureRequest, server: str) -> Iterator[Settings]:
    """A database of compressed weeks, at the newest revision or at one before candles were packed."""
    name = f"test_old_shape_{request.param}"
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    create_database(url)
    try:
        with engine_of(url).begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, request.param)
            for statement in COMPRESSED_WEEKS:
                connection.execute(text(statement))
            put(connection, FIRST, DAYS)
        with engine_of(url).begin() as connection:
            connection.execute(text(COMPRESS), {"at": OLD})
        yield make_settings(database_url=url)
    finally:
        drop(server, name)


def test_a_new_database_has_chunks_of_ninety_days_and_no_columnstore(database: str) -> None:
    with engine_of(database).begin() as connection:
        assert ask(connection) == Offer(available=True, loaded=True, installed=True, interval=CHUNK, columnstore=False)
        put(connection, FIRST, DAYS)
        spans = connection.execute(text(CHUNKS)).all()
        indexes = connection.scalars(text("SELECT indexname FROM pg_indexes WHERE tablename = 'candle'")).all()
    assert set(spans) == {(CHUNK, False)}
    assert len(spans) == 6
    assert set(indexes) == {"pk_candle", "ix_candle_timeframe_open_time"}


def test_the_old_shape_becomes_the_new_one_with_every_candle(old_shape: Settings) -> None:
    url = old_shape.owner_url
    with engine_of(url).connect() as connection:
        before = connection.execute(text(CONTENTS)).one()
        compressed = [chunk for chunk in connection.execute(text(CHUNKS)) if chunk.is_compressed]
        assert len(compressed) > 50
        connection.execute(text(POLICY))  # it may be at work meanwhile
        connection.commit()
    for _ in range(2):  # the second time changes nothing
        migrate(url, old_shape.passwords)
        with engine_of(url).connect() as connection:
            assert connection.execute(text(CONTENTS)).one() == before
            assert ask(connection) == Offer(available=True, loaded=True, installed=True, interval=CHUNK, columnstore=False)
            chunks = connection.execute(text(CHUNKS)).all()
            assert connection.scalar(text("SELECT count(*) FROM candle WHERE packed IS NULL")) == 0
            assert not connection.scalar(
                text("SELECT count(*) FROM timescaledb_information.jobs WHERE hypertable_name = 'candle'")
            )
        assert not any(chunk.is_compressed for chunk in chunks)
        assert len(chunks) <= 7
    assert len(set(current_and_head(url))) == 1


def test_a_conversion_that_was_stopped_is_gone_on_with(old_shape: Settings) -> None:
    with engine_of(old_shape.owner_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = connection.execute(text(CONTENTS)).one()
        connection.execute(
            text("SELECT decompress_chunk(chunk, true) FROM show_chunks('candle', older_than => DATE '2023-06-01') chunk")
        )
    migrate(old_shape.owner_url, old_shape.passwords)
    with engine_of(old_shape.owner_url).connect() as connection:
        assert connection.execute(text(CONTENTS)).one() == before
        assert not ask(connection).columnstore


def test_a_plain_table_with_candles_becomes_a_hypertable(server: str) -> None:
    url = make_url(server).set(database="test_plain").render_as_string(hide_password=False)
    create_database(url)
    try:
        with engine_of(url).begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            put(connection, FIRST, DAYS)
            before = connection.execute(text(CONTENTS)).one()
        migrate(url, make_settings().passwords)
        with engine_of(url).connect() as connection:
            assert connection.execute(text(CONTENTS)).one() == before
            assert len(connection.execute(text(CHUNKS)).all()) == 6
    finally:
        drop(server, "test_plain")


def test_after_a_restore_the_background_jobs_run(settings: Settings, tmp_path: Path) -> None:
    with engine_of(settings.owner_url).begin() as connection:
        put(connection, FIRST, DAYS)
        before = connection.execute(text(CONTENTS)).one()
    file = backup(settings, tmp_path / "whole.dump")
    restore(settings, file, replace=True)
    with engine_of(settings.owner_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.execute(text(CONTENTS)).one() == before
        until(lambda: connection.scalar(text(SCHEDULER)), "background jobs run", 30)
        put(connection, FIRST - timedelta(days=400), 30)


def test_a_backup_of_a_plain_server_goes_on_here_with_everything(settings: Settings, tmp_path: Path) -> None:
    with passable_folder() as folder, running_server(embedded.prepare(folder / "cluster")) as url:
        plain = make_settings(database_url=url)
        create_database(url)
        migrate(url, plain.passwords)
        fill(plain)
        with engine_of(url).begin() as connection:
            put(connection, FIRST, DAYS)
            before = connection.execute(text(CONTENTS)).one()
            assert not connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"))
        file = backup(plain, tmp_path / "plain.dump")
    restore(settings, file, replace=True)
    assert_whole(settings)
    with engine_of(settings.owner_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.execute(text(CONTENTS)).one() == before
        assert len(connection.execute(text(CHUNKS)).all()) == 6
        until(lambda: connection.scalar(text(SCHEDULER)), "background jobs run", 30)
    now = FIRST + timedelta(days=DAYS)
    with engine_of(settings.database("collector")).begin() as connection:  # the collector goes on, retention too
        put(connection, now + timedelta(hours=4), 30, source="ws")
    apply_retention(settings, engine_of(settings.database("functions")), now)


def test_a_restore_of_the_old_shape_brings_the_new_one(old_shape: Settings, settings: Settings, tmp_path: Path) -> None:
    with engine_of(old_shape.owner_url).connect() as connection:
        before = connection.execute(text(CONTENTS)).one()
    file = backup(old_shape, tmp_path / "old.dump")
    restore(settings, file, replace=True)
    with engine_of(settings.owner_url).connect() as connection:
        assert connection.execute(text(CONTENTS)).one() == before
        assert ask(connection).interval == CHUNK
        assert not any(chunk.is_compressed for chunk in connection.execute(text(CHUNKS)))


def test_a_backup_beside_the_policy_of_the_old_shape_has_every_candle(
    old_shape: Settings, settings: Settings, tmp_path: Path
) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        engine_of(old_shape.owner_url).connect() as reader,
        engine_of(old_shape.owner_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        waiters = partial(connection.scalar, text(WAITING))
        before = reader.execute(text(CONTENTS)).one()  # as long as it reads no chunk is truncated
        connection.execute(text(POLICY))
        until(lambda: waiters({"mode": "AccessExclusiveLock"}), "the policy has compressed a chunk and waits to truncate it", 60)
        run = pool.submit(backup, old_shape, tmp_path / "old.dump")
        until(lambda: waiters({"mode": "AccessShareLock"}) or run.done(), "the backup has ended or waits for the policy", 60)
        reader.rollback()
        restore(settings, run.result(60), replace=True)
    with engine_of(settings.owner_url).connect() as connection:
        assert connection.execute(text(CONTENTS)).one() == before
