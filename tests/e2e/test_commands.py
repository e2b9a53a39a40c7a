"""Every command, right and wrong, through the bridge, the real n8n and back into the chat; buttons too."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.desk import Desk, until

pytestmark = pytest.mark.n8n
STRANGER = 5_000_000_555


def ask(desk: Desk, text: str, words: str) -> dict[str, Any]:
    """Write a command and return the message that answers it: the first new one with these words."""
    known = {message["message_id"] for message in desk.messages()}

    def new() -> list[dict[str, Any]]:
        return [one for one in desk.messages() if one["message_id"] not in known]

    def answers() -> list[dict[str, Any]]:
        return [one for one in new() if re.search(words, one["text"])]

    desk.say(text)
    try:
        until(answers, f"{text} is answered with {words}", 60)
    except AssertionError as error:
        error.add_note(f"what came: {[one['text'] for one in new()]}")
        raise
    return answers()[0]


@pytest.fixture(scope="module", autouse=True)
def history(desk: Desk) -> None:
    """Wait until there is something to ask about."""
    until(lambda: desk.rows("SELECT 1 FROM technical_state WHERE timeframe = '1h' LIMIT 1"), "history is there", 120)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/start", "Welcome"),
        ("/help", "/portfolio"),
        ("/status", "Messages: "),
        ("/top 3", r"1\. "),
        ("/signal btc", r"^\S+ BTCUSDT"),
        ("/BTC", r"^\S+ BTCUSDT"),
        ("/portfolio", "Equity"),
        ("/settings", "/settings mode"),
        ("hello", "I do not know that"),
        ("/top many", "^Write /top"),
        ("/signal NOPE", "NOPEUSDT is not a pair"),
        ("/chart BTCUSDT 7h", "^Write /chart"),
        ("/trade BTC up 1", "^Write /trade"),
        ("/trade NOPE long 50", "NOPEUSDT"),
        ("/close", "^Write /close"),
        ("/mute BTC soon", "^Write /mute"),
        ("/why x", "^Write /why"),
        ("/why 999999", r"There is no signal 999[,]?999"),
        ("/settings mode loud", "^Write /settings"),
    ],
)
def test_command_is_answered(desk: Desk, text: str, words: str) -> None:
    answer = ask(desk, text, words)
    if words.startswith("^Write"):
        assert "\n" not in answer["text"]


def test_settings_and_mutes_are_changed_and_changed_back(desk: Desk) -> None:
    ask(desk, "/settings mode strong", "/settings mode strong")
    ask(desk, "/settings mode all", "/settings mode all")
    ask(desk, "/settings language ru", "/settings language ru")
    ask(desk, "/help", "бумажный счёт")
    ask(desk, "/settings language en", "/settings language en")
    ask(desk, "/mute ETHUSDT 4h", "ETHUSDT is muted until")
    ask(desk, "/mute ETHUSDT off", "ETHUSDT is not muted")


def test_chart_is_a_picture(desk: Desk) -> None:
    answer = ask(desk, "/chart BTCUSDT 1h", "^BTCUSDT 1h, ")
    assert answer["method"] == "sendPhoto"
    picture = httpx.get(f"{desk.telegram}/_sim/photo/{answer['file_id']}", timeout=10).content
    assert picture.startswith(b"\x89PNG")


def test_trade_is_opened_seen_and_closed(desk: Desk) -> None:
    ask(desk, "/trade ETHUSDT long 50", "Paper long ETHUSDT")
    ask(desk, "/portfolio", "(?s)Equity.*ETHUSDT")
    ask(desk, "/close ETHUSDT", "ETHUSDT.*closed|closed.*ETHUSDT")
    ask(desk, "/close ETHUSDT", "no trade is open in ETHUSDT")


def test_signal_is_explained(desk: Desk) -> None:
    until(lambda: desk.rows("SELECT 1 FROM signal LIMIT 1"), "there is a signal", 150)
    number = desk.rows("SELECT min(id) FROM signal")[0][0]
    ask(desk, f"/why {number}", "(?s)Confidence.*Indicators at the close")


def test_button_delivered_three_times_takes_the_trade_once(desk: Desk) -> None:
    def offered() -> list[dict[str, Any]]:
        return [one for one in desk.messages() if '"took:' in json.dumps(one["reply_markup"])]

    until(offered, "a signal with buttons arrives", 150)
    message = offered()[-1]
    (data,) = set(re.findall(r'"(took:\d+)"', json.dumps(message["reply_markup"])))
    press = {"chat_id": message["chat_id"], "data": data, "redeliver": 3, "message_id": message["message_id"]}
    before = desk.rows("SELECT count(*) FROM signal_choice WHERE choice = 'took'")[0][0]
    httpx.post(f"{desk.telegram}/_sim/press", json=press, timeout=5).raise_for_status()
    taken = "SELECT count(*) FROM signal_choice WHERE choice = 'took'"
    until(lambda: desk.rows(taken)[0][0] > before, "the press has its effect", 60)
    ask(desk, "/portfolio", "Equity")  # comes after the three deliveries of the press
    assert desk.rows(taken)[0][0] == before + 1
    assert desk.rows("SELECT count(*) FROM paper_trade WHERE source = 'signal'")[0][0] <= 1


def test_stranger_gets_silence_and_one_line_in_the_log(desk: Desk, log_lines: Callable[[str], int]) -> None:
    for text in ("/help", "/status"):
        httpx.post(f"{desk.telegram}/_sim/say", json={"chat_id": STRANGER, "text": text}, timeout=5).raise_for_status()
    ask(desk, "/help", "/portfolio")  # comes after both
    assert not [message for message in desk.messages() if message["chat_id"] == STRANGER]
    assert log_lines(str(STRANGER)) == 1


@pytest.fixture
def log_lines(desk: Desk) -> Callable[[str], int]:
    """Return what counts the lines of the functions' log that have some words."""
    log = desk.supervisor.log_dir / "functions.log"
    return lambda words: sum(words in line for line in log.read_text().splitlines())
