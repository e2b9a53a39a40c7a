"""TimescaleDB where the server has it: candles in chunks of seven days, compressed after a week; plain Postgres elsewhere.

The decision is taken at every migration, so that a database moved to such a server gets it too.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

CHUNK = "7 days"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offers and what is done already."""

    available: bool
    installed: bool = False
    hypertable: bool = False
    compressed: bool = False


def plan(offer: Offer) -> list[str]:
    """Return the statements that are still to be run; none where TimescaleDB is not available."""
    if not offer.available:
        return []
    statements = []
    if not offer.installed:
        statements.append("CREATE EXTENSION IF NOT EXISTS timescaledb")
    if not offer.hypertable:
        statements.append(
            f"SELECT create_hypertable('candle', 'open_time', chunk_time_interval => INTERVAL '{CHUNK}', migrate_data => true)"
        )
    if not offer.compressed:
        options = "timescaledb.compress, timescaledb.compress_segmentby = 'symbol, timeframe'"
        statements += [
            f"ALTER TABLE candle SET ({options}, timescaledb.compress_orderby = 'open_time DESC')",
            f"SELECT add_compression_policy('candle', INTERVAL '{CHUNK}', if_not_exists => true)",
        ]
    return statements


def ask(connection: Connection) -> Offer:
    """Ask the server."""
    available = connection.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"))
    installed = connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"))
    if not available or not installed:
        return Offer(bool(available))
    found = connection.execute(
        text("SELECT compression_enabled FROM timescaledb_information.hypertables WHERE hypertable_name = 'candle'")
    ).one_or_none()
    return Offer(True, True, found is not None, bool(found and found.compression_enabled))


def apply_timescale(connection: Connection) -> list[str]:
    """Run what is still to be run and return it."""
    statements = plan(ask(connection))
    for statement in statements:
        connection.execute(text(statement))
    return statements
