"""Every command, right and wrong, through the bridge, the real n8n and back into the chat; buttons too."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.desk import Desk, until

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(900)]  # the first test of all waits for the desk's start
STRANGER = 5_000_000_555


def ask(desk: Desk, text: str, words: str) -> dict[str, Any]:
    """Write a command and return the message that answers it, which has these words."""
    said = desk.say(text)
    until(lambda: desk.answers(said), f"{text} is answered", 60)
    answer = desk.answers(said)[0]
    assert re.search(words, answer["text"]), answer["text"]
    return answer


def told(desk: Desk, kind: str, symbol: str) -> list[dict[str, Any]]:
    """Return the messages that tell of a trade of a symbol."""
    return desk.told("kind = :kind AND symbol = :symbol", kind=kind, symbol=symbol)


def trade(desk: Desk, text: str, kind: str, symbol: str) -> dict[str, Any]:
    """Write a command until what it did is told: at 20 times the speed a price is old after three seconds."""
    for _ in range(5):
        said = desk.say(text)
        until(lambda said=said: told(desk, kind, symbol) or desk.answers(said), f"{text} is answered", 60)  # type: ignore[misc]
        if found := told(desk, kind, symbol):
            return found[0]
    raise AssertionError(f"{text} was refused five times")


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
        ("/top 3", r"(?s)^(Top coins|Largest by turnover), .*\n1\. "),
        ("/signal btc", r"^\S+ BTCUSDT"),
        ("/BTC", r"^\S+ BTCUSDT"),
        ("/portfolio", "Equity"),
        ("/settings", "/settings_mode"),
        ("hello", "I do not know that"),
        ("/top many", "Write /top"),
        ("/signal NOPE", "NOPEUSDT is not a pair"),
        ("/chart BTCUSDT 7h", "Write /chart"),
        ("/trade BTC up 1", "Write /trade"),
        ("/trade NOPE long 50", "no such pair"),
        ("/close", "Write /close"),
        ("/mute BTC soon", "Write /mute"),
        ("/why x", "Write /why"),
        ("/why 999999", r"There is no signal 999[,]?999"),
        ("/why R999999", r"There is no rejection R999[,]?999"),
        ("/why", "(?s)setups? (was|were) judged.*Market: "),
        ("/today", "(?s)setups? (was|were) judged.*Market: "),
        ("/watch", "Watch list"),
        ("/settings mode loud", "Write /settings"),
    ],
)
def test_command_is_answered(desk: Desk, text: str, words: str) -> None:
    answer = ask(desk, text, words)
    if words.startswith("Write"):
        assert "\n" not in answer["text"]


def test_settings_and_mutes_are_changed_and_changed_back(desk: Desk) -> None:
    try:
        ask(desk, "/settings mode strong", "/settings_mode strong")
        ask(desk, "/settings language ru", "/settings_language ru")
        ask(desk, "/help", "бумажный счёт")
    finally:
        ask(desk, "/settings language en", "/settings_language en")
        ask(desk, "/settings mode all", "/settings_mode all")
    ask(desk, "/mute ETHUSDT 4h", "ETHUSDT is muted until")
    ask(desk, "/mute ETHUSDT off", "ETHUSDT is not muted")


def test_chart_is_a_picture(desk: Desk) -> None:
    answer = ask(desk, "/chart BTCUSDT 1h", "^BTCUSDT 1h, ")
    assert answer["method"] == "sendPhoto"
    picture = httpx.get(f"{desk.telegram}/_sim/photo/{answer['file_id']}", timeout=10).content
    assert picture.startswith(b"\x89PNG")


def test_trade_is_opened_seen_and_closed(desk: Desk) -> None:
    assert "Paper long ETHUSDT" in trade(desk, "/trade ETHUSDT long 50", "trade_opened", "ETHUSDT")["text"]
    ask(desk, "/portfolio", "(?s)Equity.*ETHUSDT")
    assert "closed at" in trade(desk, "/close ETHUSDT", "trade_closed", "ETHUSDT")["text"]
    ask(desk, "/close ETHUSDT", "You have no open trade in ETHUSDT")


def test_signal_is_explained(desk: Desk) -> None:
    until(lambda: desk.rows("SELECT 1 FROM signal LIMIT 1"), "there is a signal", 150)
    number = desk.rows("SELECT min(id) FROM signal")[0][0]
    ask(desk, f"/why {number}", "(?s)Confidence.*Indicators at the close")


def test_button_delivered_three_times_takes_the_trade_once(desk: Desk) -> None:
    def offered() -> list[dict[str, Any]]:
        soon = desk.settings.clock.now() + timedelta(minutes=15)  # at 20 times the speed 45 s
        living = desk.rows(
            """SELECT id FROM signal WHERE expires_at > :soon AND symbol <> 'ETHUSDT'
               AND NOT EXISTS (SELECT FROM signal_choice WHERE signal_id = signal.id)""",
            soon=soon,
        )
        buttons = {f'"took:{row[0]}"' for row in living}
        return [one for one in desk.messages() if any(button in json.dumps(one["reply_markup"]) for button in buttons)]

    until(offered, "a signal with buttons arrives", 150)
    message = offered()[-1]
    (data,) = set(re.findall(r'"(took:\d+)"', json.dumps(message["reply_markup"])))
    press = {"chat_id": message["chat_id"], "data": data, "redeliver": 3, "message_id": message["message_id"]}
    taken = "SELECT count(*) FROM signal_choice WHERE choice = 'took'"
    answered = "SELECT count(*) FROM alert WHERE kind = 'callback'"
    opened = """SELECT count(*) FROM paper_trade JOIN paper_account ON paper_account.id = account_id
                WHERE name = 'manual' AND source = 'signal'"""
    before, held = desk.rows(taken)[0][0], desk.rows(opened)[0][0]

    def press_takes() -> bool:
        """Press, again when nothing came of it: at 20 times the speed a price is old after three seconds."""
        pressed = desk.rows(answered)[0][0]
        httpx.post(f"{desk.telegram}/_sim/press", json=press, timeout=5).raise_for_status()
        until(lambda: desk.rows(answered)[0][0] > pressed, "the press is answered", 60)
        return bool(desk.rows(taken)[0][0] > before)

    until(press_takes, "the press has its effect", 40)
    ask(desk, "/portfolio", "Equity")  # comes after the three deliveries of the press
    assert desk.rows(taken)[0][0] == before + 1
    assert desk.rows(opened)[0][0] == held + 1


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
