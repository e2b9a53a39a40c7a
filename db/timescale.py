"""TimescaleDB where the server runs it: candles in chunks of ninety days, none of them compressed; plain Postgres elsewhere.

Scans read a thousand closes of each timeframe, 3.5 days of 5m and 1,000 of 1d, out of an index that a compressed chunk has not:
no age of a chunk is right for both. Ninety days keep the longest of these reads to twelve chunks. The decision is taken at every
migration, so that a database moved to such a server gets it too, and one with another shape of chunks gets this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

CHUNK = timedelta(days=90)
_INTERVAL = f"INTERVAL '{CHUNK.days} days'"


class NotLoaded(RuntimeError):
    """The database is one of TimescaleDB's and the server does not load the extension: nothing in it can be read."""

    def __init__(self) -> None:
        super().__init__(
            "the database needs TimescaleDB, and the server does not load it: "
            "add timescaledb to shared_preload_libraries and restart Postgres"
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offers and what is done already."""

    available: bool  # the extension's files are there
    loaded: bool = False  # shared_preload_libraries names it; without that it cannot be created
    installed: bool = False
    interval: timedelta | None = None  # of the next chunk; None while `candle` is a plain table
    columnstore: bool = False

    @property
    def usable(self) -> bool:
        """Tell whether candles can be a hypertable here."""
        return self.available and self.loaded

    @property
    def remark(self) -> str:
        """Return what a person may want to know of a server that has the extension and does not use it; else nothing."""
        if not self.available or self.loaded:
            return ""
        return (
            "TimescaleDB is on this server and not in shared_preload_libraries: candles are a plain table, which works as well; "
            "after adding it and restarting Postgres, `quorum migrate` uses it"
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the hypertable: its table, the times it is for, and whether its rows are compressed."""

    table: str
    first: datetime
    end: datetime
    compressed: bool


def plan(offer: Offer) -> list[str]:
    """Return the statements that make `candle` a hypertable; none where it is one or TimescaleDB cannot be used."""
    if not offer.usable:
        return []
    statements = []
    if not offer.installed:
        statements.append("CREATE EXTENSION IF NOT EXISTS timescaledb")
    if offer.interval is None:
        statements.append(
            f"SELECT create_hypertable('candle', 'open_time', chunk_time_interval => {_INTERVAL},"
            " create_default_indexes => false, migrate_data => true)"
        )
    return statements


def merges(chunks: Sequence[Chunk]) -> list[list[str]]:
    """Return which chunks become one: neighbours without a hole between them, within ninety days counted from 1970."""
    groups: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda chunk: chunk.first):
        last = groups[-1][-1] if groups else None
        if last and last.end == chunk.first and _span(last) == _span(chunk):
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    return [[chunk.table for chunk in group] for group in groups if len(group) > 1]


def _span(chunk: Chunk) -> int:
    return int(chunk.first.timestamp()) // int(CHUNK.total_seconds())


def ask(connection: Connection) -> Offer:
    """Ask the server.

    Raises:
        NotLoaded: the database has the extension and the server does not load it.
    """
    server = connection.execute(
        # Who may not see the setting uses a server that others run: the extension is offered there because it is loaded.
        text(r"""SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS available,
                        coalesce((SELECT setting ~ '\mtimescaledb\M' FROM pg_settings
                                  WHERE name = 'shared_preload_libraries'), true) AS loaded,
                        EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS installed""")
    ).one()
    if not server.installed:
        return Offer(server.available, server.loaded)
    if not server.loaded:
        raise NotLoaded
    candle = connection.execute(
        text("""SELECT d.time_interval, h.compression_enabled
                FROM timescaledb_information.hypertables h
                JOIN timescaledb_information.dimensions d USING (hypertable_schema, hypertable_name)
                WHERE hypertable_schema = 'public' AND hypertable_name = 'candle' AND d.dimension_number = 1""")
    ).one_or_none()
    if candle is None:
        return Offer(server.available, server.loaded, installed=True)
    return Offer(
        server.available, server.loaded, installed=True, interval=candle.time_interval, columnstore=candle.compression_enabled
    )


def apply_timescale(connection: Connection) -> Offer:
    """Make `candle` a hypertable where it can be one; return what the server offered before."""
    offer = ask(connection)
    for statement in plan(offer):
        connection.execute(text(statement))
    return offer


def reshape(connection: Connection) -> None:
    """Bring a hypertable with compressed or shorter chunks to today's shape; every row stays, and a second run does nothing.

    It comes before any migration: while columnstore is on, most changes of the table are refused.

    Args:
        connection: the owner's, in autocommit. A chunk takes part of a second; a run that is killed is gone on with by the next.

    Raises:
        NotLoaded: the database has the extension and the server does not load it.
    """
    offer = ask(connection)
    if offer.columnstore:
        end_compression(connection)
        for chunk in _chunks(connection):
            if chunk.compressed:
                connection.execute(text("SELECT decompress_chunk(CAST(:chunk AS regclass), true)"), {"chunk": chunk.table})
        connection.execute(text("ALTER TABLE candle SET (timescaledb.compress = false)"))
    if offer.interval in (None, CHUNK):
        return
    connection.execute(text("DROP INDEX IF EXISTS candle_open_time_idx"))  # made by default, of use to nothing
    if connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname = 'merge_chunks'")):  # not before version 2.18
        for tables in merges(_chunks(connection)):
            connection.execute(text("CALL merge_chunks(CAST(CAST(:chunks AS text[]) AS regclass[]))"), {"chunks": tables})
    connection.execute(text(f"SELECT set_chunk_time_interval('candle', {_INTERVAL})"))


def end_compression(connection: Connection) -> None:
    """Remove the policy that compresses chunks of the old shape, and end its run.

    A chunk is truncated when it was compressed: who took a snapshot before, as pg_dump does, finds its rows nowhere.

    Args:
        connection: the owner's, in autocommit, to a database whose candles have columnstore.
    """
    jobs = connection.scalars(
        text("""SELECT application_name FROM timescaledb_information.jobs
                WHERE hypertable_schema = 'public' AND hypertable_name = 'candle' AND proc_name = 'policy_compression'""")
    ).all()
    connection.execute(text("SELECT remove_compression_policy('candle', if_exists => true)"))
    connection.execute(
        # It asks the run to end and does not wait for it.
        text("""SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = ANY(:jobs)"""),
        {"jobs": jobs},
    )


def start_workers(connection: Connection) -> None:
    """Let TimescaleDB's background jobs run in this database; its launcher leaves alone one whose sessions were ended."""
    if ask(connection).installed:
        connection.execute(text("SELECT _timescaledb_functions.start_background_workers()"))


def _chunks(connection: Connection) -> list[Chunk]:
    rows = connection.execute(
        text("""SELECT format('%I.%I', chunk_schema, chunk_name) AS name, range_start, range_end, is_compressed
                FROM timescaledb_information.chunks
                WHERE hypertable_schema = 'public' AND hypertable_name = 'candle' ORDER BY range_start""")
    )
    return [Chunk(*row) for row in rows]
