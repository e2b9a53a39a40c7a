"""From the intake into Postgres; what cannot be stored stays in memory until it can."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.blocking import blocking
from functions.collector.closes import Close, CloseTracker
from functions.collector.exchange_time import ExchangeTime
from functions.collector.intake import Intake
from functions.collector.measures import Measures
from functions.logs import get_logger, hide_secrets
from functions.market import store
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles, Source
from functions.market.gaps import from_ms
from functions.market.universe import Ticker

log = get_logger("collector")


class Writer:
    """Stores what the intake holds, in worker threads, one write at a time."""

    def __init__(
        self, engine: Engine, intake: Intake, tracker: CloseTracker, exchange_time: ExchangeTime, measures: Measures
    ) -> None:
        self._engine, self._intake, self._tracker = engine, intake, tracker
        self._time, self._measures = exchange_time, measures
        self.disputed: set[tuple[str, Timeframe]] = set()

    async def flush_candles(self) -> list[Close]:
        """Store the waiting candles and return the closes that this completes.

        Raises:
            DBAPIError: the database is away; the candles wait for the next time.
        """
        batches = self._intake.candles()
        said = self._intake.said
        if not batches:
            return []
        try:
            written = await blocking(self._store, batches)
        except DBAPIError:
            self._intake.give_back(batches)
            raise
        delays = [self._time.wall_seconds_since(from_ms(at)) for at in said]
        self._measures.stored_candles(sum(one.added for one in written), delays)
        for batch, one in zip(batches, written, strict=True):
            self.disputed.update((symbol, batch.timeframe) for symbol in one.disputed)
        self.disputed |= self._intake.disputed()
        return [close for batch in batches for close in self.note_stored(batch)]

    def note_stored(self, batch: ClosedCandles) -> list[Close]:
        """Tell the tracker of committed candles, whoever stored them; return the closes that this completes."""
        closes: list[Close] = []
        newest = int(batch.open_time.max()) if len(batch) else 0
        if newest:
            symbols = [symbol for symbol, at in zip(batch.symbols, batch.open_time, strict=True) if at == newest]
            close_time = datetime.fromtimestamp((newest + batch.timeframe.milliseconds) / 1000, UTC)
            closes += self._tracker.stored(batch.timeframe, close_time, symbols, time.monotonic())
        return closes

    async def flush_tickers(self) -> None:
        """Store the newest ticker of each symbol that had one; with the database away they are dropped, newer ones come."""
        tickers = self._intake.tickers()
        if tickers:
            await blocking(self.store_tickers, tickers)
            self._measures.stored_tickers(len(tickers))

    def _store(self, batches: Sequence[ClosedCandles]) -> list[store.Stored]:
        with self._engine.begin() as connection:
            return [store.write_candles(connection, batch, Source.WS) for batch in batches]

    def store_tickers(self, tickers: Sequence[Ticker]) -> None:
        """Store tickers; blocks."""
        with self._engine.begin() as connection:
            store.write_tickers(connection, tickers)


def short(error: DBAPIError) -> str:
    """Return the first line of a driver's error, without secrets."""
    return hide_secrets(str(error.orig or error).splitlines()[0])
