"""The bridge between the simulated Telegram and a stand-in for n8n's webhook: nothing lost, in order, whatever fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from functions.collector.bridge import Pauses, run_bridge
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.sim import DEFAULT_CHAT, TelegramSim
from tests.sim.wire.http import HttpServer, Request, Response

FAST = Pauses(first=0.01, longest=0.05, hopeless=0.05)


class Hook:
    """n8n's webhook: keeps what it took, refuses as often as it is told to."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refusals = 0
        self.came = asyncio.Condition()
        self.server = HttpServer(self._handle)

    async def _handle(self, request: Request) -> Response:
        if request.path != "/webhook/telegram-update" or request.headers.get("x-quorum-token") != TOKEN:
            return Response(403, b"{}")
        if self.refusals:
            async with self.came:
                self.refusals -= 1
                self.came.notify_all()
            return Response(404, b"{}")
        async with self.came:
            self.texts.append(orjson.loads(request.body)["message"]["text"])
            self.came.notify_all()
        return Response(200, b"{}")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: len(self.texts) >= count)


@asynccontextmanager
async def bridged(telegram: TelegramSim, hook: Hook) -> AsyncIterator[None]:
    task = asyncio.create_task(run_bridge(settings_for(telegram, hook), poll_seconds=1, pauses=FAST))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def settings_for(telegram: TelegramSim, hook: Hook, token: str = "") -> Settings:
    return make_settings(
        telegram_api_url=telegram.url,
        telegram_bot_token=token or telegram.token,
        telegram_chat_ids=(DEFAULT_CHAT,),
        n8n_url=f"http://127.0.0.1:{hook.server.port}",
    )


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSim]:
    async with TelegramSim() as sim:
        yield sim


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook()
    await found.server.start(0)
    yield found
    await found.server.stop()


async def test_updates_arrive_in_order_and_are_confirmed(telegram: TelegramSim, hook: Hook) -> None:
    for number in range(5):
        telegram.say(DEFAULT_CHAT, f"/{number}")
    async with bridged(telegram, hook):
        await hook.until(5)
        telegram.say(DEFAULT_CHAT, "/last")
        await hook.until(6)
    assert hook.texts == ["/0", "/1", "/2", "/3", "/4", "/last"]


async def test_update_that_n8n_refuses_is_handed_over_again_before_the_next(telegram: TelegramSim, hook: Hook) -> None:
    hook.refusals = 3
    for text in ("/one", "/two"):
        telegram.say(DEFAULT_CHAT, text)
    async with bridged(telegram, hook):
        await hook.until(2)
    assert hook.texts == ["/one", "/two"]


async def test_telegram_failing_in_every_way_loses_nothing(telegram: TelegramSim, hook: Hook) -> None:
    for kind, options in (
        ("tg_status", {"status": 502}),
        ("tg_status", {"status": 401}),
        ("tg_disconnect", {}),
        ("tg_garbage", {}),
        ("tg_half", {}),
        ("tg_lost_answer", {}),
    ):
        telegram.fault(kind, match="getUpdates", count=1, **options)
    telegram.say(DEFAULT_CHAT, "/help")
    async with bridged(telegram, hook):
        await hook.until(1)
    assert hook.texts == ["/help"]


async def test_new_bridge_gets_again_what_was_not_handed_over(telegram: TelegramSim, hook: Hook) -> None:
    hook.refusals = 10**6
    telegram.say(DEFAULT_CHAT, "/help")
    async with bridged(telegram, hook), asyncio.timeout(20), hook.came:
        await hook.came.wait_for(lambda: hook.refusals < 10**6)
    hook.refusals = 0
    async with bridged(telegram, hook):
        await hook.until(1)
    assert hook.texts == ["/help"]


async def test_without_a_bot_there_is_no_bridge() -> None:
    await asyncio.wait_for(run_bridge(make_settings()), 1)
