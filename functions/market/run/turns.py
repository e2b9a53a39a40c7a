"""Whose turn it is to ask the exchange for much: its limit counts by address, so all our processes share one rate.

One process at a time holds the turn, and with it nine tenths of the allowed rate; the collector asks for little without it, at a
tenth. A breach costs ten minutes of silence.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from functions.blocking import blocking

BULK_LOCK = 0x4259424954  # any constant
HOLDERS, OTHERS = 0.9, 0.1


class Paced(Protocol):
    """What asks the exchange."""

    def pace(self, share: float) -> None:
        """Take this share (0..1) of the allowed rate from now on."""
        ...


@asynccontextmanager
async def turn(engine: Engine, source: Paced) -> AsyncIterator[bool]:
    """Try to hold the turn; yields whether it is ours, with the source at the pace that goes with it.

    A process that dies lets go of it with its connection.
    """
    connection = await blocking(engine.connect)
    try:
        held = await blocking(_take, connection)
        source.pace(HOLDERS if held else OTHERS)
        yield held
    finally:
        source.pace(OTHERS)
        await blocking(_give_back, connection)


def _take(connection: Connection) -> bool:
    connection.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open for minutes
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": BULK_LOCK}))


def _give_back(connection: Connection) -> None:
    with connection:
        try:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        except DBAPIError:
            connection.invalidate()
