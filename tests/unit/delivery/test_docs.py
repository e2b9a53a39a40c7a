"""Every command that the pages show is one, every command is on Telegram's page, and the guide's signal is what is sent."""

import re
from datetime import UTC, datetime

import pytest

from functions.delivery.inbox import preferences
from functions.delivery.inbox.commands import ChangeSetting, Name, Unclear, Unknown, Usage, parse
from functions.delivery.messages.message import plain
from functions.delivery.messages.texts.signals import signal
from functions.delivery.messages.words import Language, Words
from functions.settings import CHECKOUT
from tests.unit.delivery.making import signal_payload

PAGE = (CHECKOUT / "docs" / "telegram.md").read_text()
EXAMPLES = re.findall(r"^\| `(/[^`]+)` \|", PAGE, re.MULTILINE)


def test_every_example_is_understood() -> None:
    for example in EXAMPLES:
        assert not isinstance(parse(example), Usage), example
        assert parse(example) != Unknown(None), example


def test_every_command_and_setting_has_an_example() -> None:
    assert {Name(example.split()[0][1:]) for example in EXAMPLES if example != "/btc"} == set(Name)
    settings = [example for example in EXAMPLES if isinstance(parse(example), ChangeSetting)]
    assert {example.split()[1] for example in settings} == set(preferences.NAMES)


@pytest.mark.parametrize("page", ["first-day.md", "faq.md", "reading-a-signal.md", "ru/first-day.md"])
def test_every_command_of_a_guide_is_understood(page: str) -> None:
    for command in re.findall(r"`(/[a-z][^`]*)`", (CHECKOUT / "docs" / page).read_text()):
        assert not isinstance(parse(command), Usage | Unclear | Unknown), command


@pytest.mark.parametrize(
    ("page", "language"),
    [("docs/reading-a-signal.md", Language.EN), ("docs/ru/reading-a-signal.md", Language.RU), ("README.md", Language.EN)],
)
def test_signal_of_a_guide_is_what_is_sent(page: str, language: Language) -> None:
    close = datetime(2024, 3, 5, 12, 30, tzinfo=UTC)
    payload = signal_payload(
        "SOLUSDT",
        12,
        score=81.0,
        confidence=0.86,
        position_pct=4.4,
        entry="128.35",
        stop="113.62",
        targets=["138.66", "157.81", "187.27"],
        risk_reward=2.23,
        close_time=close.isoformat(),
        created_at=close.isoformat(),
        expires_at=close.replace(hour=13).isoformat(),
    )
    sent = plain(signal(payload, Words(language)).text).splitlines()
    blocks = re.findall(r"^```\w*\n(.*?)^```", (CHECKOUT / page).read_text(), re.DOTALL | re.MULTILINE)
    shown = next(block for block in blocks if "SOLUSDT" in block)
    assert [line for line in shown.splitlines() if line not in ("", "...") and line not in sent] == []
