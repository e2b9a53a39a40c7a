"""What people do, on its way to the bot: a queue, read by long polling or posted to a webhook."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import httpx

from tests.sim.telegram.errors import ApiError

Update = dict[str, object]
_POLL_STOPPED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
_DEFAULT_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


@dataclass(slots=True)
class Webhook:
    """Where updates are posted."""

    url: str = ""
    secret: str = ""
    last_error: str = ""
    last_error_date: int = 0
    max_connections: int = 40


@dataclass(slots=True)
class Updates:
    """Updates that the bot has not confirmed yet."""

    webhook: Webhook = field(default_factory=Webhook)
    allowed: tuple[str, ...] = _DEFAULT_KINDS
    _queue: list[Update] = field(default_factory=list)
    _last_id: int = field(default_factory=lambda: time.time_ns() // 1000)  # a bot's ids only grow, also over a restart
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _poller: asyncio.Event | None = None
    _poster: asyncio.Task[None] | None = None
    handed_out: dict[int, float] = field(default_factory=dict)

    def add(self, kind: str, payload: object, times: int = 1) -> int:
        """Queue an update; `times` above one delivers the very same update again. Return its id."""
        self._last_id += 1
        if kind in self.allowed:
            self._queue.extend([{"update_id": self._last_id, kind: payload}] * times)
            self._arrived.set()
        return self._last_id

    @property
    def pending(self) -> int:
        """Return how many updates wait."""
        return len(self._queue)

    def drop(self) -> None:
        """Forget what waits."""
        self._queue.clear()

    def _confirm(self, offset: int) -> None:
        if offset > 0:
            self._queue = [update for update in self._queue if _id(update) >= offset]
        elif offset < 0:
            self._queue = self._queue[offset:]

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Update]:  # noqa: ASYNC109 -- the API's own parameter
        """Answer getUpdates: confirm up to `offset`, wait up to `timeout` seconds for something new.

        Raises:
            ApiError: 409, a webhook is set or another poll has begun.
        """
        if self.webhook.url:
            raise ApiError(409, _WEBHOOK_ACTIVE)
        if self._poller is not None:
            self._poller.set()
        stopped = self._poller = asyncio.Event()
        try:
            self._confirm(offset)
            deadline = time.monotonic() + timeout
            while not self._queue and (left := deadline - time.monotonic()) > 0:
                self._arrived.clear()
                await _first_of(self._arrived, stopped, left)
                if stopped.is_set():
                    raise ApiError(409, _POLL_STOPPED)
            batch = self._queue[:limit]
            for update in batch:
                self.handed_out.setdefault(_id(update), time.time())
            return batch
        finally:
            if self._poller is stopped:
                self._poller = None

    def set_webhook(self, url: str, secret: str) -> None:
        """Post updates from now on; an empty address ends it."""
        self.webhook = Webhook(url, secret)
        if self._poster is not None:
            self._poster.cancel()
            self._poster = None
        if url:
            self._poster = asyncio.get_running_loop().create_task(self._post())

    async def stop(self) -> None:
        """End posting."""
        if self._poster is not None:
            self._poster.cancel()
            await asyncio.gather(self._poster, return_exceptions=True)

    async def _post(self) -> None:
        """Post one update after another; on an error try again, later and later."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret} if self.webhook.secret else {}
        pause = 0.2
        async with httpx.AsyncClient(timeout=10, headers=headers) as client:
            while True:
                if not self._queue:
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                update = self._queue[0]
                self.handed_out.setdefault(_id(update), time.time())
                problem = await _post_one(client, self.webhook.url, update)
                if problem:
                    self.webhook.last_error, self.webhook.last_error_date = problem, int(time.time())
                    await asyncio.sleep(pause)
                    pause = min(5.0, pause * 2)
                else:
                    self._queue.remove(update)
                    pause = 0.2


async def _post_one(client: httpx.AsyncClient, url: str, update: Update) -> str:
    """Post an update; return what went wrong, or nothing."""
    try:
        answer = await client.post(url, json=update)
    except httpx.HTTPError as error:
        return f"Connection failed: {type(error).__name__}"
    return "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"


async def _first_of(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    tasks = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def _id(update: Update) -> int:
    value = update["update_id"]
    return value if isinstance(value, int) else 0
