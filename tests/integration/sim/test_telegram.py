import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.sim import DEFAULT_CHAT, Rates, TelegramSim
from tests.sim.wire.http import HttpServer, Request, Response

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
BUTTONS = {"inline_keyboard": [[{"text": "Took", "callback_data": "took:17"}, {"text": "Skip", "callback_data": "skip:17"}]]}


class Bot:
    """Calls the Bot API as any client would."""

    def __init__(self, sim: TelegramSim) -> None:
        self.http = httpx.AsyncClient(base_url=f"{sim.url}/bot{sim.token}", timeout=10)

    async def call(self, method: str, **parameters: object) -> Any:
        return (await self.http.post(f"/{method}", json=parameters)).json()

    async def send(self, text: str, **more: object) -> Any:
        return await self.call("sendMessage", chat_id=DEFAULT_CHAT, text=text, **more)


@pytest.fixture
async def bot(telegram: TelegramSim) -> AsyncIterator[Bot]:
    client = Bot(telegram)
    yield client
    await client.http.aclose()


def refusal(answer: Any) -> tuple[int, str]:
    assert answer["ok"] is False
    return answer["error_code"], answer["description"]


async def test_get_me(bot: Bot) -> None:
    assert (await bot.call("getMe"))["result"]["is_bot"] is True
    assert (await bot.http.get("/getme")).json()["ok"]


async def test_a_message_is_sent_and_kept(telegram: TelegramSim, bot: Bot) -> None:
    answer = await bot.send("<b>LONG</b> BTC &amp; ETH", parse_mode="HTML", reply_markup=BUTTONS)
    result = answer["result"]
    assert result["text"] == "LONG BTC & ETH"
    assert result["chat"]["id"] == DEFAULT_CHAT > 2**32
    assert result["reply_markup"] == BUTTONS
    second = await bot.send("next")
    assert second["result"]["message_id"] > result["message_id"]
    assert [(one.text, one.raw) for one in telegram.sent] == [("LONG BTC & ETH", "<b>LONG</b> BTC &amp; ETH"), ("next", "next")]


async def test_parameters_come_in_any_form(telegram: TelegramSim, bot: Bot) -> None:
    await bot.http.get("/sendMessage", params={"chat_id": DEFAULT_CHAT, "text": "query"})
    await bot.http.post("/sendMessage", data={"chat_id": str(DEFAULT_CHAT), "text": "form & co"})
    await bot.http.post("/sendMessage", files={"chat_id": (None, str(DEFAULT_CHAT)), "text": (None, "multipart")})
    assert [one.text for one in telegram.sent] == ["query", "form & co", "multipart"]


@pytest.mark.parametrize(
    ("parameters", "code", "description"),
    [
        ({"text": "<b>x"}, 400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ({"text": "a <br>"}, 400, 'Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 2'),
        ({"text": ""}, 400, "Bad Request: message text is empty"),
        ({"text": "<b> </b>"}, 400, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, 400, "Bad Request: message is too long"),
        ({"text": "📈" * 2049}, 400, "Bad Request: message is too long"),
        ({"text": "x", "chat_id": 5}, 400, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": ""}, 400, "Bad Request: chat_id is empty"),
        ({"text": "x", "parse_mode": "BBCode"}, 400, "Bad Request: unsupported parse_mode"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x" * 65}]]}},
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
    ],
)
async def test_messages_that_telegram_refuses(
    telegram: TelegramSim, bot: Bot, parameters: dict[str, object], code: int, description: str
) -> None:
    answer = await bot.call("sendMessage", **{"chat_id": DEFAULT_CHAT, "parse_mode": "HTML", **parameters})
    assert refusal(answer) == (code, description)
    assert telegram.sent == []
    entry = telegram.journal.entries("call")[-1]
    assert (entry["ok"], entry["error_code"], entry["method"]) == (False, code, "sendMessage")


async def test_markup_does_not_count_towards_the_length(bot: Bot) -> None:
    text = "<b>" + "&amp;" * 4096 + "</b>"
    assert (await bot.send(text, parse_mode="HTML"))["ok"]


async def test_wrong_token_method_and_path(telegram: TelegramSim, bot: Bot) -> None:
    assert refusal(await bot.call("sendDance")) == (404, "Not Found")
    async with httpx.AsyncClient(base_url=telegram.url) as http:
        assert (await http.get("/bot1:wrong/getMe")).json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
        assert (await http.get("/botnonsense/getMe")).status_code == 404
        assert (await http.get("/")).status_code == 404


async def test_a_photo_is_kept_with_its_bytes(telegram: TelegramSim, bot: Bot) -> None:
    data = {"chat_id": str(DEFAULT_CHAT), "caption": "<i>chart</i>", "parse_mode": "HTML"}
    answer = (await bot.http.post("/sendPhoto", data=data, files={"photo": ("chart.png", PNG, "image/png")})).json()
    assert answer["result"]["caption"] == "chart"
    assert telegram.sent[0].photo == PNG
    file_id = answer["result"]["photo"][0]["file_id"]
    again = await bot.call("sendPhoto", chat_id=DEFAULT_CHAT, photo=file_id)
    assert again["ok"]
    assert telegram.sent[1].photo == PNG
    assert (await bot.http.get(f"{telegram.url}/_sim/photo/{file_id}")).content == PNG


@pytest.mark.parametrize(
    ("data", "content", "expected"),
    [
        ({"caption": "x" * 1025}, PNG, (400, "Bad Request: message caption is too long")),
        ({}, b"not an image", (400, "Bad Request: IMAGE_PROCESS_FAILED")),
        ({}, b"", (400, "Bad Request: file must be non-empty")),
        ({}, PNG + bytes(10 * 2**20), (413, "Request Entity Too Large")),
    ],
)
async def test_photos_that_telegram_refuses(bot: Bot, data: dict[str, str], content: bytes, expected: tuple[int, str]) -> None:
    body = {"chat_id": str(DEFAULT_CHAT), **data}
    answer = await bot.http.post("/sendPhoto", data=body, files={"photo": ("a.png", content, "image/png")})
    assert answer.status_code == expected[0]
    assert refusal(answer.json()) == expected


@pytest.mark.parametrize(
    ("photo", "description"),
    [
        ("", "Bad Request: there is no photo in the request"),
        ("AgAC-unknown", "Bad Request: wrong remote file identifier specified: Wrong string length"),
        ("http://127.0.0.1:8300/chart.png", "Bad Request: failed to get HTTP URL content"),
    ],
)
async def test_photos_by_reference_that_telegram_refuses(bot: Bot, photo: str, description: str) -> None:
    assert refusal(await bot.call("sendPhoto", chat_id=DEFAULT_CHAT, photo=photo)) == (400, description)


async def test_a_photo_by_public_address_passes(bot: Bot) -> None:
    assert (await bot.call("sendPhoto", chat_id=DEFAULT_CHAT, photo="https://quorum.example/chart.png"))["ok"]


async def test_editing(telegram: TelegramSim, bot: Bot) -> None:
    sent = (await bot.send("before", reply_markup=BUTTONS))["result"]
    where = {"chat_id": DEFAULT_CHAT, "message_id": sent["message_id"]}
    assert (await bot.call("editMessageText", **where, text="after"))["result"]["text"] == "after"
    code, description = refusal(await bot.call("editMessageText", **where, text="after"))
    assert (code, description.split(":")[1]) == (400, " message is not modified")
    assert refusal(await bot.call("editMessageText", chat_id=DEFAULT_CHAT, message_id=1, text="x"))[1].endswith(
        "message to edit not found"
    )
    assert (await bot.call("editMessageReplyMarkup", **where, reply_markup=BUTTONS))["ok"]
    assert (telegram.sent[0].text, telegram.sent[0].edits) == ("after", 2)
    assert (await bot.call("deleteMessage", **where))["result"] is True
    assert refusal(await bot.call("editMessageText", **where, text="x"))[1].endswith("not found")


async def test_a_caption_is_edited_not_a_text(bot: Bot) -> None:
    files = {"photo": ("a.png", PNG, "image/png")}
    sent = (await bot.http.post("/sendPhoto", data={"chat_id": str(DEFAULT_CHAT)}, files=files)).json()["result"]
    where = {"chat_id": DEFAULT_CHAT, "message_id": sent["message_id"]}
    assert refusal(await bot.call("editMessageText", **where, text="x"))[1].endswith("there is no text in the message to edit")
    assert (await bot.call("editMessageCaption", **where, caption="done"))["result"]["caption"] == "done"


async def test_updates_wait_until_an_offset_confirms_them(telegram: TelegramSim, bot: Bot) -> None:
    first = telegram.say(DEFAULT_CHAT, "/top 5")
    telegram.say(DEFAULT_CHAT, "hello")
    updates = (await bot.call("getUpdates", limit=1))["result"]
    assert [update["update_id"] for update in updates] == [first]
    assert updates[0]["message"]["text"] == "/top 5"
    assert updates[0]["message"]["entities"] == [{"offset": 0, "length": 4, "type": "bot_command"}]
    again = (await bot.call("getUpdates"))["result"]
    assert [update["update_id"] for update in again] == [first, first + 1]
    assert (await bot.call("getUpdates", offset=first + 1))["result"] == again[1:]
    assert (await bot.call("getUpdates", offset=first + 2))["result"] == []


def test_ids_of_updates_grow_over_a_restart() -> None:
    before = TelegramSim().say(DEFAULT_CHAT, "hello")
    assert TelegramSim().say(DEFAULT_CHAT, "hello") > before


async def test_a_long_poll_answers_as_soon_as_someone_writes(telegram: TelegramSim, bot: Bot) -> None:
    poll = asyncio.create_task(bot.call("getUpdates", timeout=30))
    while telegram.updates._poller is None:  # noqa: ASYNC110 - the simulator has no event for it
        await asyncio.sleep(0.01)
    telegram.say(DEFAULT_CHAT, "/status")
    assert (await asyncio.wait_for(poll, 5))["result"][0]["message"]["text"] == "/status"


async def test_a_second_poll_ends_the_first_with_409(telegram: TelegramSim, bot: Bot) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout=30))
    second = asyncio.create_task(bot.call("getUpdates", timeout=30))
    done, pending = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED, timeout=5)
    assert refusal(done.pop().result()) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    telegram.say(DEFAULT_CHAT, "x")
    assert (await asyncio.wait_for(pending.pop(), 5))["ok"]


async def test_allowed_updates_are_remembered(telegram: TelegramSim, bot: Bot) -> None:
    await bot.call("getUpdates", allowed_updates=["callback_query"])
    telegram.say(DEFAULT_CHAT, "not wanted")
    assert (await bot.call("getUpdates"))["result"] == []


async def test_a_button_is_pressed_and_answered(telegram: TelegramSim, bot: Bot) -> None:
    await bot.send("signal", reply_markup=BUTTONS)
    telegram.press(DEFAULT_CHAT, "took:17", times=2)
    updates = (await bot.call("getUpdates"))["result"]
    queries = [update["callback_query"] for update in updates]
    assert len({query["id"] for query in queries}) == 2
    assert queries[0]["data"] == "took:17"
    assert queries[0]["message"]["text"] == "signal"
    assert (await bot.call("answerCallbackQuery", callback_query_id=queries[0]["id"], text="noted"))["result"] is True
    assert telegram.methods.callbacks[queries[0]["id"]] is not None
    assert refusal(await bot.call("answerCallbackQuery", callback_query_id=queries[1]["id"], text="x" * 201))[0] == 400
    assert refusal(await bot.call("answerCallbackQuery", callback_query_id="17"))[1].startswith("Bad Request: query is too old")


async def test_the_same_update_can_be_delivered_again(telegram: TelegramSim, bot: Bot) -> None:
    await bot.send("signal", reply_markup=BUTTONS)
    telegram.press(DEFAULT_CHAT, "skip:17", redeliver=3)
    updates = (await bot.call("getUpdates"))["result"]
    assert len(updates) == 3
    assert len({update["update_id"] for update in updates}) == 1


async def test_a_button_that_is_not_there_cannot_be_pressed(telegram: TelegramSim) -> None:
    with pytest.raises(ValueError, match="expected a button"):
        telegram.press(DEFAULT_CHAT, "nothing")


class Receiver:
    """A webhook's receiving end; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()
        self.server = HttpServer(self._handle)

    async def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        if self.failures:
            self.failures -= 1
            return Response(500)
        self.arrived.set()
        return Response(200, b"{}")


async def test_a_webhook_gets_updates_with_its_secret_and_again_after_an_error(telegram: TelegramSim, bot: Bot) -> None:
    receiver = Receiver(failures=1)
    await receiver.server.start(0)
    url = f"http://127.0.0.1:{receiver.server.port}/hook"
    await bot.call("setWebhook", url=url, secret_token="s3cret")
    assert refusal(await bot.call("getUpdates"))[0] == 409
    telegram.say(DEFAULT_CHAT, "/help")
    await asyncio.wait_for(receiver.arrived.wait(), 5)
    assert len(receiver.requests) == 2
    assert receiver.requests[1].headers["x-telegram-bot-api-secret-token"] == "s3cret"
    assert b'"/help"' in receiver.requests[1].body
    info = (await bot.call("getWebhookInfo"))["result"]
    assert info["url"] == url
    assert "500" in info["last_error_message"]
    await bot.call("deleteWebhook")
    assert (await bot.call("getUpdates"))["ok"]
    assert (await bot.call("getWebhookInfo"))["result"]["url"] == ""
    await receiver.server.stop()


async def test_a_webhook_address_must_be_one(bot: Bot) -> None:
    assert "HTTPS URL must be provided" in refusal(await bot.call("setWebhook", url="ftp://x"))[1]


async def test_commands_and_actions(bot: Bot) -> None:
    commands = [{"command": "help", "description": "Help"}]
    assert (await bot.call("setMyCommands", commands=commands))["result"] is True
    assert (await bot.call("getMyCommands"))["result"] == commands
    assert refusal(await bot.call("setMyCommands", commands=[{"command": "no spaces"}]))[1] == "Bad Request: BOT_COMMAND_INVALID"
    assert (await bot.call("sendChatAction", chat_id=DEFAULT_CHAT, action="typing"))["result"] is True
    assert (await bot.call("getChat", chat_id=DEFAULT_CHAT))["result"]["type"] == "private"


async def test_a_blocked_bot_gets_403(telegram: TelegramSim, bot: Bot) -> None:
    telegram.fault("block", chat_id=DEFAULT_CHAT)
    assert refusal(await bot.send("x")) == (403, "Forbidden: bot was blocked by the user")
    telegram.fault("unblock", chat_id=DEFAULT_CHAT)
    assert (await bot.send("x"))["ok"]


async def test_429_says_how_long_to_wait(telegram: TelegramSim, bot: Bot) -> None:
    telegram.fault("tg_status", match="sendMessage", status=429, retry_after=7, count=1)
    answer = await bot.http.post("/sendMessage", json={"chat_id": DEFAULT_CHAT, "text": "x"})
    assert answer.status_code == 429
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    assert (await bot.send("x"))["ok"]


@pytest.mark.parametrize("status", [400, 403, 500, 502])
async def test_refusals_on_command(telegram: TelegramSim, bot: Bot, status: int) -> None:
    telegram.fault("tg_status", match="send*", status=status, count=1)
    assert refusal(await bot.send("x"))[0] == status
    assert telegram.sent == []


@pytest.mark.parametrize(("kind", "is_sent"), [("tg_disconnect", False), ("tg_lost_answer", True), ("tg_half", True)])
async def test_connections_that_break_before_or_after_sending(telegram: TelegramSim, bot: Bot, kind: str, is_sent: bool) -> None:
    telegram.fault(kind, match="sendMessage", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.send("x")
    assert len(telegram.sent) == is_sent


async def test_answers_that_hang_or_are_not_json(telegram: TelegramSim, bot: Bot) -> None:
    telegram.fault("tg_hang", count=1)
    with pytest.raises(httpx.ReadTimeout):
        await bot.http.post("/sendMessage", json={"chat_id": DEFAULT_CHAT, "text": "x"}, timeout=httpx.Timeout(5, read=0.3))
    telegram.fault("tg_garbage", count=1)
    answer = await bot.http.post("/sendMessage", json={"chat_id": DEFAULT_CHAT, "text": "x"})
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    telegram.fault("tg_delay", count=1, delay=0.01)
    assert (await bot.send("x"))["ok"]


async def test_the_real_rates_refuse_a_flood() -> None:
    async with TelegramSim(rates=Rates(burst=2)) as sim:
        bot = Bot(sim)
        answers = [await bot.send("x") for _ in range(4)]
        await bot.http.aclose()
    assert [answer["ok"] for answer in answers] == [True, True, False, False]
    assert answers[-1]["parameters"]["retry_after"] >= 1


async def test_people_over_the_control_api(telegram: TelegramSim, bot: Bot) -> None:
    base = f"{telegram.url}/_sim"
    await bot.send("signal", reply_markup=BUTTONS)
    await bot.http.post(f"{base}/say", json={"chat_id": 8_888_888_888, "text": "who are you?"})
    await bot.http.post(f"{base}/press", json={"chat_id": DEFAULT_CHAT, "data": "took:17", "times": 2})
    assert len((await bot.call("getUpdates"))["result"]) == 3
    assert (await bot.http.post(f"{base}/press", json={"chat_id": DEFAULT_CHAT, "data": "x"})).status_code == 400
    assert (await bot.http.get(f"{base}/messages", params={"chat_id": DEFAULT_CHAT})).json()[0]["text"] == "signal"
    assert (await bot.http.get(f"{base}/log", params={"kind": "call"})).json()[0]["method"] == "sendMessage"
    await bot.http.post(f"{base}/reset")
    assert (await bot.http.get(f"{base}/messages")).json() == []
    assert (await bot.http.get(f"{base}/nothing")).status_code == 404


async def test_the_journal_wakes_who_waits(telegram: TelegramSim, bot: Bot) -> None:
    waiting = asyncio.create_task(telegram.journal.until(lambda: len(telegram.sent) == 1, seconds=5))
    await asyncio.sleep(0)
    await bot.send("x")
    await waiting
    with pytest.raises(TimeoutError):
        await telegram.journal.until(lambda: len(telegram.sent) == 2, seconds=0.01)
