"""Write the candles and tickers of the intake to Postgres; candles that cannot be stored stay in memory until they can."""

import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from db.away import DATABASE_AWAY
from functions.blocking import blocking
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import Close, CloseTracker
from functions.collector.feed.intake import Intake
from functions.collector.measures import Measures
from functions.logs import get_logger
from functions.market import store
from functions.market.candles.closed import ClosedCandles, Source
from functions.market.candles.forming import FormingCandle
from functions.market.candles.gaps import Run, from_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Ticker

log = get_logger("collector")


class Writer:
    """Stores what the intake holds, in worker threads, one write at a time."""

    def __init__(
        self, engine: Engine, intake: Intake, tracker: CloseTracker, exchange_time: ExchangeTime, measures: Measures
    ) -> None:
        self._engine, self._intake, self._tracker = engine, intake, tracker
        self._time, self._measures = exchange_time, measures
        self.disputed: set[Run] = set()  # candles of which the stream and the store disagree

    async def flush_candles(self) -> list[Close]:
        """Store the waiting candles and return the closes that this completes.

        Raises:
            DatabaseAway, TimeoutError: the database does not take them now; the candles wait for the next time.
        """
        batches = self._intake.candles()
        sent_ms = self._intake.sent_ms
        if not batches:
            return []
        try:
            written = await blocking(self._store, batches)
        except DATABASE_AWAY:
            self._intake.give_back(batches)
            raise
        delays = [self._time.wall_seconds_since(from_ms(at)) for at in sent_ms]
        self._measures.stored_candles(sum(batch.added for batch in written), delays)
        self.disputed.update(run for batch in written for run in batch.disputed)
        self.disputed |= self._intake.disputed()
        now = time.monotonic()
        return [close for batch in batches for close in self._tracker.stored(*newest_close(batch), now)]

    async def flush_tickers(self) -> None:
        """Store the newest ticker and open candle of each symbol; with the database away they are dropped, newer ones come."""
        tickers, forming = self._intake.tickers(), self._intake.forming()
        if tickers or forming:
            await blocking(self._store_newest, tickers, forming)
            self._measures.stored_tickers(len(tickers))

    def _store(self, batches: Sequence[ClosedCandles]) -> list[store.WrittenCandles]:
        with self._engine.begin() as connection:
            return [store.write_candles(connection, batch, Source.WS) for batch in batches]

    def _store_newest(self, tickers: Sequence[Ticker], forming: Sequence[FormingCandle]) -> None:
        with self._engine.begin() as connection:
            store.write_tickers(connection, tickers)
            store.write_forming(connection, forming)

    def store_tickers(self, tickers: Sequence[Ticker]) -> None:
        """Store tickers; blocks."""
        with self._engine.begin() as connection:
            store.write_tickers(connection, tickers)


def newest_close(batch: ClosedCandles) -> tuple[Timeframe, datetime, set[str]]:
    """Return the newest close of a batch that is not empty, and whose candles are in it."""
    newest = int(batch.open_time.max())
    symbols = {symbol for symbol, at in zip(batch.symbols, batch.open_time, strict=True) if at == newest}
    return batch.timeframe, from_ms(newest + batch.timeframe.milliseconds), symbols
