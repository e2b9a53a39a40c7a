"""The websocket of large transactions: subscribe, keep what comes, notice when it is dead, connect again.

What comes is stored and nothing else: alerts and flows follow from it in the functions, each minute. What the source says while
this is not connected is not said again; the REST feed, with a key of its own, has it.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import orjson
from sqlalchemy import Engine
from typing_extensions import override
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from db.connect import DATABASE_AWAY
from functions.blocking import blocking
from functions.clock import wall_now
from functions.collector.feed.liveness import Backoff
from functions.errors import Broken
from functions.logs import get_logger, hide_secrets
from functions.outgoing import note_failure, note_success
from functions.outgoing.proxies import proxy_for
from functions.settings import Settings
from functions.whales import store
from functions.whales.payloads import alert_of
from functions.whales.sources.whale_alert import STREAM
from functions.whales.transaction import Transaction

log = get_logger("whales")
REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)
REFUSED_PAUSE = 300.0  # a key that is refused: a person must act
PING_SECONDS = 20.0
ALIVE_EVERY = 30.0  # seconds after which a connection that stands counts as a success again
STORE_AGAIN = 1.0


async def run_whales(settings: Settings, engine: Engine, pause: float = REFUSED_PAUSE) -> None:
    """Keep what the websocket says until cancelled.

    Args:
        settings: of the process; WHALE_ALERT_KEY is set.
        engine: of the collector's role.
        pause: after the key was refused, in seconds.
    """
    await WhaleStream(settings, engine, pause).run()


class _Straight(connect):
    """A connection to the address that the settings name, and to none that its answer leads to."""

    @override
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class WhaleStream:
    """One connection, again and again."""

    def __init__(self, settings: Settings, engine: Engine, pause: float) -> None:
        self._settings, self._engine, self._pause = settings, engine, pause
        self._key = settings.whale_alert_key.get_secret_value()
        self._chance = random.Random()  # noqa: S311 - jitter

    async def run(self) -> None:
        """Connect and connect again; only cancellation ends it."""
        now = asyncio.get_running_loop().time
        backoff = Backoff(now(), self._chance)
        while True:
            begun, refused = now(), False
            try:
                await self._live()
                reason = "the source closed the connection"
            except InvalidStatus as error:
                status = error.response.status_code
                refused = status in REFUSED
                reason = f"{STREAM} refuses the key ({status})" if refused else f"{STREAM} answered {status}"
            except (WebSocketException, OSError, TimeoutError) as error:
                reason = hide_secrets(f"{STREAM} does not answer: {str(error) or type(error).__name__}")[:300]
            pause = self._pause if refused else backoff.pause(begun, now())
            await self._fail(reason)
            await asyncio.sleep(pause)

    async def _live(self) -> None:
        url = f"{self._settings.whale_alert_ws_url}?{urlencode({'api_key': self._key})}"
        async with _Straight(
            url, proxy=proxy_for(url), ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS, max_size=2_000_000
        ) as connection:
            await connection.send(orjson.dumps(self._subscription()).decode())
            await self._note(None)
            alive = asyncio.create_task(self._keep_noting())
            try:
                await self._hear(connection)
            finally:
                alive.cancel()

    def _subscription(self) -> dict[str, object]:
        return {
            "type": "subscribe_alerts",
            "id": "quorum",
            "tx_types": ["transfer", "mint", "burn"],
            "min_value_usd": int(self._settings.thresholds.lowest),
        }

    async def _keep_noting(self) -> None:
        """Note now and then that the connection stands: whales may be silent for an hour."""
        while True:
            await asyncio.sleep(ALIVE_EVERY)
            await self._note(None)

    async def _hear(self, connection: ClientConnection) -> None:
        async for frame in connection:
            try:
                message = orjson.loads(frame)
                transfers = alert_of(message)
            except (ValueError, Broken) as error:
                await self._fail(f"{STREAM} sent what cannot be read: {error}")
                continue
            if isinstance(message, dict) and message.get("type") == "error":
                await self._fail(f"{STREAM} answers: {hide_secrets(str(message.get('error') or message))[:150]}")
            takes = self._settings.thresholds.takes
            if kept := [one for one in transfers or () if takes(one.coin, one.amount_usd)]:
                await self._keep(kept)

    async def _keep(self, transfers: Sequence[Transaction]) -> None:
        """Store transfers, however long the database is away: nothing else brings them again."""
        while True:
            try:
                return await blocking(self._store, transfers)
            except DATABASE_AWAY:
                await asyncio.sleep(STORE_AGAIN)

    def _store(self, transfers: Sequence[Transaction]) -> None:
        seen_at = self._settings.clock.now()
        with self._engine.begin() as database:
            store.keep_transactions(database, transfers, STREAM, seen_at)
            lag = seen_at - max(one.at for one in transfers)
            note_success(database, STREAM, wall_now(), max(lag, timedelta()))

    async def _note(self, error: str | None) -> None:
        """Write down how the source is; a database that is away loses no more than this word."""

        def write() -> None:
            with self._engine.begin() as database:
                if error is None:
                    note_success(database, STREAM, wall_now())
                else:
                    note_failure(database, STREAM, wall_now(), error)

        try:
            await blocking(write)
        except DATABASE_AWAY:
            return

    async def _fail(self, reason: str) -> None:
        log.warning("stream of whales", reason=reason)
        await self._note(reason)
