"""The simulated chat as a person sees it in a browser, and who may ask for it."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from matplotlib import pyplot as plt

from tests.browser import PHONE, Browser, browser, needs_browser
from tests.sim import DEFAULT_CHAT, InThread, TelegramSim

BUTTONS = {"inline_keyboard": [[{"text": "✅ Took", "callback_data": "took:17"}, {"text": "⏭ Skip", "callback_data": "skip:17"}]]}
HOSTILE = (
    '<img src=x onerror="window.broken=1"><script>window.broken=1</script> javascript:alert(1) '
    "\u202e</b>&lt;svg onload=window.broken=1>"
)
LAST = "[...document.querySelectorAll('article')].at(-1)"


class World:
    """The simulated Telegram, and the bot that writes to it."""

    def __init__(self, sim: TelegramSim, bot: httpx.Client) -> None:
        self.sim, self._http = sim, bot

    def call(self, method: str, files: Any = None, **parameters: Any) -> Any:
        """Call the Bot API, as the bot."""
        chat = {"chat_id": DEFAULT_CHAT, **parameters}
        answer = self._http.post(method, data=chat, files=files) if files else self._http.post(method, json=chat)
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def updates(self, offset: int = 0) -> list[dict[str, Any]]:
        """What people did since an update, once there is something."""
        return list(self._http.get("getUpdates", params={"offset": offset, "timeout": 20}).json()["result"])


@pytest.fixture
def world() -> Iterator[World]:
    sim = TelegramSim()
    with InThread(sim), httpx.Client(base_url=f"{sim.url}/bot{sim.token}/", timeout=30, trust_env=False) as bot:
        yield World(sim, bot)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium"), *PHONE) as page:
        yield page


def picture() -> bytes:
    """Draw a small chart."""
    figure, axes = plt.subplots(figsize=(4, 2))
    axes.plot([1, 3, 2])
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


@needs_browser
def test_signal_with_picture_and_buttons_is_read_pressed_and_answered_on_a_phone(world: World, page: Browser) -> None:
    page.open(f"{world.sim.url}/chat")
    page.until("document.querySelector('.hint')?.textContent.includes('/help')", "the page is there")
    caption = "🟢 <b>BTCUSDT LONG</b> · 15m\nEntry  <code>67,012.4</code>\nSee /why_17"
    signal = world.call(
        "sendPhoto", files={"photo": ("chart.png", picture())}, caption=caption, parse_mode="HTML",
        reply_markup=httpx.Response(200, json=BUTTONS).text,
    )  # fmt: skip

    page.until(f"{LAST}?.querySelector('img')?.naturalWidth === 400", "the picture is seen")
    assert page.evaluate(f"{LAST}.querySelector('.text b').textContent") == "BTCUSDT LONG"
    assert page.evaluate(f"{LAST}.querySelector('.text code').textContent") == "67,012.4"
    assert page.evaluate("document.querySelector('.hint')") is None
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]  # nothing sticks out

    with ThreadPoolExecutor() as other:
        coming = other.submit(world.updates)
        page.click(f"{LAST}.querySelectorAll('.row button')[0]")
        pressed = coming.result(30)[-1]
    assert pressed["callback_query"]["data"] == "took:17"
    world.call("answerCallbackQuery", callback_query_id=pressed["callback_query"]["id"], text="Taken on paper")
    page.until(
        "!document.getElementById('toast').hidden && document.getElementById('toast').textContent === 'Taken on paper'", "told"
    )
    world.call("editMessageReplyMarkup", message_id=signal["message_id"], reply_markup={"inline_keyboard": []})
    page.until(f"{LAST}.querySelectorAll('.row').length === 0", "the buttons are gone")

    with ThreadPoolExecutor() as other:
        coming = other.submit(world.updates, pressed["update_id"] + 1)
        page.click(f"{LAST}.querySelector('.command')")
        assert coming.result(30)[-1]["message"]["text"] == "/why_17"


@needs_browser
def test_command_russian_menu_and_reply_keyboard(world: World, page: Browser) -> None:
    world.call("setMyCommands", commands=[{"command": "top", "description": "лучшие монеты"}], language_code="ru")
    page.open(f"{world.sim.url}/chat")
    page.until("document.getElementById('words').placeholder === 'Message'", "the page is English")
    with ThreadPoolExecutor() as other:
        coming = other.submit(world.updates)
        page.click("document.querySelector('[data-language=ru]')")
        said = coming.result(30)[-1]
    assert said["message"]["text"] == "/settings language ru"
    page.until(
        "document.getElementById('words').placeholder === 'Сообщение' && document.documentElement.lang === 'ru'", "it is Russian"
    )

    with ThreadPoolExecutor() as other:
        coming = other.submit(world.updates, said["update_id"] + 1)
        page.click("document.getElementById('words')")
        page.write("/signal BTC")
        said = coming.result(30)[-1]
    assert (said["message"]["text"], said["message"]["from"]["language_code"]) == ("/signal BTC", "ru")
    page.until(f"{LAST}.className === 'mine' && {LAST}.textContent.includes('/signal BTC')", "it stands in the chat")

    page.click("document.getElementById('commands')")
    page.until("document.getElementById('menu').textContent === '/topлучшие монеты'", "the menu speaks Russian")
    world.call("sendMessage", text="Что дальше?", reply_markup={"keyboard": [[{"text": "/portfolio"}, "/top"]]})
    with ThreadPoolExecutor() as other:
        coming = other.submit(world.updates, said["update_id"] + 1)
        page.until("document.querySelectorAll('#keyboard button').length === 2", "the reply keyboard is there")
        page.click("document.querySelectorAll('#keyboard button')[1]")
        assert coming.result(30)[-1]["message"]["text"] == "/top"


@needs_browser
def test_hostile_text_is_shown_and_never_run(world: World, page: Browser) -> None:
    page.open(f"{world.sim.url}/chat")
    page.until("document.getElementById('words').placeholder", "the page is there")
    world.call("sendMessage", text=HOSTILE, reply_markup={"inline_keyboard": [[{"text": HOSTILE, "callback_data": "x"}]]})
    world.call("sendMessage", text='<a href="javascript:window.broken=1//.x">here</a>', parse_mode="HTML")
    page.until(f"{LAST}.textContent.startsWith('here')", "both are shown")
    assert page.evaluate(f"{LAST}.querySelector('a').getAttribute('href')") is None
    shown = "[...document.querySelectorAll('article')].at(-2)"
    assert page.evaluate(f"{shown}.querySelector('.text').textContent") == HOSTILE
    assert page.evaluate(f"{shown}.querySelector('.row button').textContent") == HOSTILE
    assert page.evaluate("document.querySelectorAll('main img[src=x], main script, main svg').length") == 0
    assert page.evaluate("window.broken ?? null") is None


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/chat", {}, 200),
        ("GET", "/chat", {"Host": "rebound.example"}, 403),
        ("GET", "/chat/updates", {"Origin": "https://evil.example"}, 403),
        ("POST", "/chat/say", {"Origin": "https://evil.example", "Content-Type": "application/json"}, 403),
        ("POST", "/_sim/say", {"Origin": "null"}, 403),
        ("POST", "/chat/say", {"Content-Type": "text/plain"}, 415),
        ("POST", "/chat/say", {"Content-Type": "application/json"}, 200),
        ("GET", "/chat/../server.py", {}, 404),
        ("GET", "/chat/file/unknown", {}, 404),
    ],
)
def test_only_pages_of_this_machine_may_ask(world: World, method: str, path: str, headers: dict[str, str], status: int) -> None:
    words = b'{"text": "/help"}' if method == "POST" else None
    with httpx.Client(base_url=world.sim.url, trust_env=False, timeout=30) as client:
        request = client.build_request(method, path, headers=headers, content=words)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert client.send(request).status_code == status


def test_what_is_no_picture_is_kept_as_a_file_and_never_shown(world: World) -> None:
    page = b"<script>alert(1)</script>"
    world.call("sendDocument", files={"document": ("report.html", page)})
    answer = httpx.get(f"{world.sim.url}/chat/file/{world.sim.sent[-1].file_id}", trust_env=False)
    assert (answer.content, answer.headers["Content-Type"]) == (page, "application/octet-stream")
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
