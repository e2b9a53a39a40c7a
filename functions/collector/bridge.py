"""The Telegram bridge: asks Telegram what was written to the bot and hands each update to n8n, so that no port need be open.

Telegram itself keeps what is not confirmed, for a day, and an update is confirmed by asking for the ones after it, which happens
only when n8n has answered that it is done. So nothing is kept here: after a crash the last updates come again, and the functions
know them.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from functions.logs import get_logger, hide_secrets
from functions.settings import Settings

log = get_logger("telegram")
POLL_SECONDS = 25
KINDS = '["message","callback_query"]'
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
HOPELESS_PAUSE = 60.0  # a wrong token, or a webhook that takes the updates: a person must act
LOG_EVERY = 20  # of failures in a row
_HOPELESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait after a failure, seconds."""

    first: float = FIRST_PAUSE
    longest: float = LONGEST_PAUSE
    hopeless: float = HOPELESS_PAUSE

    def after(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return min(self.first * 2.0 ** min(failures - 1, 16), self.longest)


async def run_bridge(settings: Settings, *, poll_seconds: int = POLL_SECONDS, pauses: Pauses | None = None) -> None:
    """Carry updates until cancelled; returns at once when there is no bot or nobody it may answer.

    Args:
        settings: of the process.
        poll_seconds: how long Telegram may hold an empty answer.
        pauses: after failures.
    """
    token = settings.telegram_bot_token.get_secret_value()
    if not token or not settings.telegram_chat_ids:
        log.info("no telegram bridge: TELEGRAM_BOT_TOKEN or TELEGRAM_CHAT_IDS is not set")
        return
    headers = {"X-Quorum-Token": settings.n8n_webhook_token.get_secret_value()}
    async with httpx.AsyncClient(timeout=httpx.Timeout(30.0, connect=5.0)) as client:
        bot = f"{settings.telegram_api_url.rstrip('/')}/bot{token}"
        hook = f"{settings.n8n_address}/webhook/telegram-update"
        await Bridge(client, bot, hook, headers, poll_seconds, pauses or Pauses()).run()


class Bridge:
    """One bot's updates on their way to n8n, in order, one after another."""

    def __init__(
        self, client: httpx.AsyncClient, bot: str, hook: str, headers: Mapping[str, str], poll_seconds: int, pauses: Pauses
    ) -> None:
        self._client, self._bot, self._hook, self._headers = client, bot, hook, headers
        self._poll_seconds, self._pauses = poll_seconds, pauses
        self._next: int | None = None
        self._failures = 0

    async def run(self) -> None:
        """Carry updates until cancelled."""
        while True:
            for update in await self._poll():
                await self._hand_over(update)
                self._next = int(update["update_id"]) + 1

    async def _poll(self) -> Sequence[Mapping[str, Any]]:
        """Ask once, confirming what was handed over; nothing when Telegram does not answer, after a pause."""
        query: dict[str, str | int] = {"timeout": self._poll_seconds, "allowed_updates": KINDS}
        if self._next is not None:
            query["offset"] = self._next
        timeout = httpx.Timeout(self._poll_seconds + 15.0, connect=5.0)
        try:
            answer = await self._client.get(f"{self._bot}/getUpdates", params=query, timeout=timeout)
            if answer.is_success:
                found: Sequence[Mapping[str, Any]] = answer.json()["result"]
                self._failures = 0
                return found
            await self._pause(answer)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            await self._fail("telegram does not answer", repr(error), None)
        return ()

    async def _pause(self, answer: httpx.Response) -> None:
        """Wait as a refusal asks for."""
        pause = self._pauses.hopeless if answer.status_code in _HOPELESS else None
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and answer.headers.get("Retry-After", "").isdigit():
            pause = float(answer.headers["Retry-After"]) + 1
        await self._fail("telegram refuses to give updates", answer.text[:300], pause)

    async def _hand_over(self, update: Mapping[str, Any]) -> None:
        """Post one update until n8n says that it is done: what comes after it waits, so nothing is lost or overtaken."""
        for attempt in itertools.count(1):
            try:
                answer = await self._client.post(self._hook, json=update, headers=self._headers)
                if answer.is_success:
                    return
                reason = f"{answer.status_code} {answer.text[:200]}"
            except httpx.HTTPError as error:
                reason = repr(error)
            if attempt % LOG_EVERY == 1:
                log.warning("n8n does not take an update; trying again", reason=hide_secrets(reason), attempts=attempt)
            await asyncio.sleep(self._pauses.after(attempt))

    async def _fail(self, event: str, reason: str, pause: float | None) -> None:
        self._failures += 1
        if self._failures % LOG_EVERY == 1:
            log.warning(event, reason=hide_secrets(reason), failures=self._failures)
        await asyncio.sleep(self._pauses.after(self._failures) if pause is None else pause)
