"""The Telegram bridge: asks Telegram what was written to the bot and hands each update to n8n, so that no port need be open.

Telegram itself keeps what is not confirmed, for a day, and an update is confirmed by asking for the ones after it, which happens
only when n8n has answered that it is done. So nothing is kept here: after a crash the last updates come again, and the functions
know them. While n8n or the functions are away updates wait; one that they refuse while both are well is given up after some
minutes, or it would block all that come after it. A press of a button has no time of its own, so each update goes along with a
moment after which it happened: when Telegram was last asked and had nothing more.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from functions.clock import wall_now
from functions.logs import get_logger, hide_secrets
from functions.outgoing.proxies import mounts
from functions.settings import Settings

log = get_logger("telegram")
POLL_SECONDS = 25
MOST_UPDATES = 100  # in one answer of Telegram's: with fewer of them it holds no older ones back
KEPT_FOR = timedelta(days=1)  # by Telegram: what waited while nobody asked may be as old
KINDS = '["message","callback_query"]'
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
HOPELESS_PAUSE = 60.0  # a wrong token, or a webhook that takes the updates: a person must act
LOG_EVERY = 20  # of failures in a row
PATIENCE = 180.0  # seconds that one update may be refused by functions that are well
# What n8n says when a run failed over this very update, or cannot read it; all else is about the door.
_ABOUT_THE_UPDATE = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
_HOPELESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses after a failure and after a refused update, in seconds."""

    first: float = FIRST_PAUSE
    longest: float = LONGEST_PAUSE
    hopeless: float = HOPELESS_PAUSE
    patience: float = PATIENCE

    def after(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return min(self.first * 2.0 ** min(failures - 1, 16), self.longest)


def bridge_needed(settings: Settings) -> bool:
    """Tell whether there is a bot, somebody it may answer, and no other door; a line of the log says why not."""
    if not settings.telegram_bot_token.get_secret_value() or not settings.telegram_chat_ids:
        log.info("no telegram bridge: TELEGRAM_BOT_TOKEN or TELEGRAM_CHAT_IDS is not set")
        return False
    if settings.telegram_trigger:
        log.info("no telegram bridge: N8N_PUBLIC_URL is set, Telegram posts updates to n8n")
        return False
    return True


async def run_bridge(
    settings: Settings,
    *,
    poll_seconds: int = POLL_SECONDS,
    pauses: Pauses | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> None:
    """Carry updates until cancelled.

    Args:
        settings: of the process.
        poll_seconds: how long Telegram may hold an empty answer.
        pauses: after failures.
        note: told why Telegram gave no updates, and an empty text when it gives them.
    """
    pauses = pauses or Pauses()
    headers = {"X-Quorum-Token": settings.n8n_webhook_token.get_secret_value(), "Content-Type": "application/json"}
    places = Places(
        settings.telegram_bot_url, f"{settings.n8n_address}/webhook/telegram-update", f"{settings.functions_address}/health/ready"
    )
    while True:
        try:
            async with httpx.AsyncClient(
                timeout=httpx.Timeout(30.0, connect=5.0), trust_env=False, mounts=mounts(places.bot)
            ) as client:
                await Bridge(client, places, headers, poll_seconds, pauses, note).run()
        except Exception:  # market data is collected beside this: no fault here may end it
            log.exception("the telegram bridge failed; it begins anew")
            await asyncio.sleep(pauses.longest)


def updates_of(answer: object) -> list[Mapping[str, Any]]:
    """Return the updates in an answer of Telegram; those without a number, which nobody can confirm, are left out.

    Raises:
        ValueError: it is something else than updates.
    """
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, list):
        raise ValueError(f"expected a list of updates, got {str(answer)[:100]}")  # noqa: TRY004 - a fault of the answer
    updates: list[Mapping[str, Any]] = [
        update for update in result if isinstance(update, dict) and type(update.get("update_id")) is int
    ]
    if len(updates) < len(result):
        log.error("telegram gave updates without a number", count=len(result) - len(updates))
    if result and not updates:
        raise ValueError("expected updates with a number")
    return updates


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses: the bot's, n8n's webhook, and where the functions say that they are well."""

    bot: str
    hook: str
    ready: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an update was not taken, and whether it may be the update's own fault."""

    reason: str
    about_the_update: bool


class Bridge:
    """One bot's updates on their way to n8n, in order, one after another."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        places: Places,
        headers: Mapping[str, str],
        poll_seconds: int,
        pauses: Pauses,
        note: Callable[[str], None],
    ) -> None:
        self._client, self._places, self._headers = client, places, headers
        self._poll_seconds, self._pauses, self._note = poll_seconds, pauses, note
        self._next: int | None = None
        self._failures = 0
        self._asked_at: datetime | None = None  # what Telegram gives now it did not have then

    async def run(self) -> None:
        """Carry updates until cancelled."""
        while True:
            asked_at = wall_now()
            updates = await self._poll()
            for update in updates:
                await self._hand_over(update)
                self._next = update["update_id"] + 1
            if len(updates) < MOST_UPDATES and not self._failures:
                self._asked_at = asked_at

    async def _poll(self) -> Sequence[Mapping[str, Any]]:
        """Ask once, confirming what was handed over; nothing when Telegram does not answer, after a pause."""
        patience = 0 if self._asked_at is None else self._poll_seconds  # at first only what waits: what comes then is new
        query: dict[str, str | int] = {"timeout": patience, "allowed_updates": KINDS}
        if self._next is not None:
            query["offset"] = self._next
        timeout = httpx.Timeout(self._poll_seconds + 15.0, connect=5.0)
        try:
            answer = await self._client.get(f"{self._places.bot}/getUpdates", params=query, timeout=timeout)
            if answer.is_success:
                result = updates_of(answer.json())
                self._failures = 0
                self._note("")
                return result
            await self._pause(answer)
        except (httpx.HTTPError, ValueError) as error:
            await self._fail("telegram does not answer", repr(error), None)
        return ()

    async def _pause(self, answer: httpx.Response) -> None:
        """Wait as a refusal asks for."""
        pause = self._pauses.hopeless if answer.status_code in _HOPELESS else None
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and answer.headers.get("Retry-After", "").isdigit():
            pause = float(answer.headers["Retry-After"]) + 1
        await self._fail("telegram refuses to give updates", answer.text[:300], pause)

    async def _hand_over(self, update: Mapping[str, Any]) -> None:
        """Post one update until n8n has taken it. Later updates wait, so that none is lost or overtakes another."""
        since: float | None = None  # it is refused while everything is well
        for attempt in itertools.count(1):
            refusal = await self._post(update)
            if refusal is None:
                return
            if not (refusal.about_the_update and await self._functions_are_well()):
                since = None
            elif time.monotonic() - (since := since or time.monotonic()) >= self._pauses.patience:
                log.error("update given up: it is refused again and again", update=update["update_id"], reason=refusal.reason)
                return
            if attempt % LOG_EVERY == 1:
                log.warning("n8n does not take an update; trying again", reason=refusal.reason, attempts=attempt)
            await asyncio.sleep(self._pauses.after(attempt))

    async def _post(self, update: Mapping[str, Any]) -> Refusal | None:
        """Post one update once. The body is ASCII, so that half a surrogate pair cannot make it invalid."""
        try:
            headers = {**self._headers, "X-Quorum-Seen-After": (self._asked_at or wall_now() - KEPT_FOR).isoformat()}
            answer = await self._client.post(self._places.hook, content=json.dumps(update), headers=headers)
        except httpx.HTTPError as error:
            return Refusal(hide_secrets(repr(error)), about_the_update=False)
        if answer.is_success:
            return None
        reason = hide_secrets(f"{answer.status_code} {answer.text[:200]}")
        return Refusal(reason, about_the_update=answer.status_code in _ABOUT_THE_UPDATE)

    async def _functions_are_well(self) -> bool:
        try:
            return (await self._client.get(self._places.ready)).is_success
        except httpx.HTTPError:
            return False

    async def _fail(self, event: str, reason: str, pause: float | None) -> None:
        self._failures += 1
        self._note(hide_secrets(reason))
        if self._failures % LOG_EVERY == 1:
            log.warning(event, reason=hide_secrets(reason), failures=self._failures)
        await asyncio.sleep(self._pauses.after(self._failures) if pause is None else pause)
