"""The lock for bulk requests to the exchange: its limit counts by address, so all our processes share one rate.

One process at a time holds the lock, and nine tenths of the allowed rate with it. The others may ask for little,
at a tenth of the rate. Who breaks the limit is banned for ten minutes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from functions.blocking import blocking
from functions.errors import Conflict
from functions.market.sources import Paced

LOCK_NUMBER = 0x4259424954  # any constant
HOLDER_SHARE, OTHERS_SHARE = 0.9, 0.1


@asynccontextmanager
async def try_bulk_lock(engine: Engine, source: Paced) -> AsyncIterator[bool]:
    """Try to hold the lock; yields whether we do, with the source at the rate that goes with it.

    A process that dies releases the lock with its connection.
    """
    connection = await blocking(engine.connect)
    try:
        held = await blocking(_try_lock, connection)
        source.pace(HOLDER_SHARE if held else OTHERS_SHARE)
        yield held
    finally:
        source.pace(OTHERS_SHARE)
        await blocking(_release, connection)


@asynccontextmanager
async def bulk_lock(engine: Engine, source: Paced) -> AsyncIterator[None]:
    """Hold the lock.

    Raises:
        Conflict: another process holds it.
    """
    async with try_bulk_lock(engine, source) as held:
        if not held:
            raise Conflict("history_busy", "another part loads or repairs history at this moment; try again in a minute")
        yield


def _try_lock(connection: Connection) -> bool:
    connection.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open for minutes
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK_NUMBER}))


def _release(connection: Connection) -> None:
    with connection:
        try:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        except DBAPIError:
            connection.invalidate()
