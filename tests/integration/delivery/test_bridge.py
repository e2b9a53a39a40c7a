"""The bridge between the simulated Telegram and a stand-in for n8n's webhook: nothing lost, in order, whatever fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from functions.collector.bridge import Bridge, Pauses, bridge_needed, run_bridge, updates_of
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.sim import DEFAULT_CHAT, TelegramSim
from tests.sim.wire.http import HttpServer, Request, Response

FAST = Pauses(first=0.01, longest=0.05, hopeless=0.05, patience=0.1)


class Hook:
    """n8n's webhook and the functions' health: keeps what it took, refuses what and as often as it is told to."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.seen_after: list[datetime] = []
        self.refusals = 0
        self.poison: str | None = None
        self.is_well = True
        self.tries = 0
        self.came = asyncio.Condition()
        self.server = HttpServer(self._handle)

    async def _handle(self, request: Request) -> Response:
        if request.path == "/health/ready":
            return Response(200 if self.is_well else 503, b"{}")
        if request.path != "/webhook/telegram-update" or request.headers.get("x-quorum-token") != TOKEN:
            return Response(403, b"{}")
        said = json.loads(request.body)["message"]["text"]
        async with self.came:
            self.tries += 1
            self.came.notify_all()
            if self.refusals:
                self.refusals -= 1
                return Response(404, b"{}")
            if said == self.poison:
                return Response(500, b"{}")
            self.texts.append(said)
            self.seen_after.append(datetime.fromisoformat(request.headers["x-quorum-seen-after"]))
        return Response(200, b"{}")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: len(self.texts) >= count)

    async def until_tried(self, times: int) -> None:
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: self.tries >= times)


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
        functions_url=f"http://127.0.0.1:{hook.server.port}",
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
    async with bridged(telegram, hook):
        await hook.until_tried(1)
    hook.refusals = 0
    async with bridged(telegram, hook):
        await hook.until(1)
    assert hook.texts == ["/help"]


async def test_update_that_is_refused_while_all_is_well_is_given_up_with_a_log_line(telegram: TelegramSim, hook: Hook) -> None:
    hook.poison = "/poison"
    numbers = [telegram.say(DEFAULT_CHAT, text) for text in ("/one", "/poison", "/two")]
    with capture_logs() as logs:
        async with bridged(telegram, hook):
            await hook.until(2)
    assert hook.texts == ["/one", "/two"]
    assert [line["update"] for line in logs if line["log_level"] == "error"] == numbers[1:2]


async def test_update_that_is_refused_while_the_functions_are_away_waits_for_them(telegram: TelegramSim, hook: Hook) -> None:
    hook.poison, hook.is_well = "/one", False
    for text in ("/one", "/two"):
        telegram.say(DEFAULT_CHAT, text)
    async with bridged(telegram, hook):
        await hook.until_tried(50)  # long past the patience
        assert hook.texts == []
        hook.poison = None
        await hook.until(2)
    assert hook.texts == ["/one", "/two"]


@pytest.mark.usefixtures("read_only")
async def test_updates_wait_for_a_database_that_takes_no_writes(telegram: TelegramSim, client: TestClient) -> None:
    app: Any = client.app
    app.state.settings = app.state.settings.model_copy(update={"telegram_chat_ids": (DEFAULT_CHAT,)})
    hook = RealHook(client)
    await hook.server.start(0)
    telegram.say(DEFAULT_CHAT, "/help")
    with capture_logs() as logs:
        async with bridged(telegram, hook):
            await hook.until_tried(30)  # long past the patience
    await hook.server.stop()
    assert not [line for line in logs if line["log_level"] == "error"]


class RealHook(Hook):
    """n8n's webhook as n8n answers when the functions refuse, and their own health."""

    def __init__(self, client: TestClient) -> None:
        super().__init__()
        self.client = client

    async def _handle(self, request: Request) -> Response:
        if request.path == "/health/ready":
            answer = await asyncio.to_thread(self.client.get, "/health/ready")
            return Response(answer.status_code, answer.content)
        update = {"update": json.loads(request.body)}
        answer = await asyncio.to_thread(self.client.post, "/telegram/updates", json=update)
        async with self.came:
            self.tries += 1
            self.came.notify_all()
        return Response(204, b"") if answer.is_success else Response(500, b'{"message": "Error in workflow"}')


async def test_half_of_a_character_is_handed_over(hook: Hook) -> None:
    update = json.dumps({"update_id": 1, "message": {"text": "/help \ud83d"}})

    async def answer(request: Request) -> Response:
        return Response(200, f'{{"ok": true, "result": [{update if "offset" not in request.query else ""}]}}'.encode())

    telegram = HttpServer(answer)
    await telegram.start(0)
    settings = make_settings(
        telegram_api_url=f"http://127.0.0.1:{telegram.port}",
        telegram_bot_token="123456:" + "x" * 35,
        telegram_chat_ids=(DEFAULT_CHAT,),
        n8n_url=f"http://127.0.0.1:{hook.server.port}",
    )
    task = asyncio.create_task(run_bridge(settings, pauses=FAST))
    await hook.until(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await telegram.stop()
    assert hook.texts == ["/help \ud83d"]


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"result": None}, {"result": {"update_id": 1}}, {"result": [{}]}, {"result": [None, {"update_id": "1"}]}],
)
def test_answer_that_is_no_updates_is_a_value_error(answer: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        updates_of(answer)


def test_update_without_a_number_does_not_hide_the_others() -> None:
    assert updates_of({"result": [{"message": {}}, {"update_id": 7}, {"update_id": True}]}) == [{"update_id": 7}]


async def test_fault_of_the_bridge_itself_begins_it_anew(
    telegram: TelegramSim, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter([RuntimeError("a fault of ours")])
    run = Bridge.run

    async def fail_once(bridge: Bridge) -> None:
        for fault in faults:
            raise fault
        await run(bridge)

    monkeypatch.setattr(Bridge, "run", fail_once)
    telegram.say(DEFAULT_CHAT, "/help")
    async with bridged(telegram, hook):
        await hook.until(1)


def test_without_a_bot_no_bridge_is_needed(telegram: TelegramSim, hook: Hook) -> None:
    assert not bridge_needed(make_settings())
    assert bridge_needed(settings_for(telegram, hook))


async def test_update_goes_along_with_a_moment_after_which_it_happened(telegram: TelegramSim, hook: Hook) -> None:
    began = datetime.now(UTC)
    telegram.say(DEFAULT_CHAT, "written while nobody asked")
    async with bridged(telegram, hook):
        await hook.until(1)
        telegram.say(DEFAULT_CHAT, "written now")
        await hook.until(2)
    waited, new = hook.seen_after
    assert waited < began - timedelta(hours=23)
    assert began <= new <= datetime.now(UTC)
