"""The README and /help promise nothing without a test, and no code of ours could place an order."""

import re

import pytest

from functions.delivery.messages.message import plain
from functions.delivery.messages.texts.commands import help_text
from functions.delivery.messages.words import Words
from functions.settings import Settings
from tests.house.graph import CHECKOUT, ROOTS

README = (CHECKOUT / "README.md").read_text()
FLAT = " ".join(README.split())
PAGE = (CHECKOUT / "docs" / "promises.md").read_text()
PROMISED, HELPED = (
    re.findall(r"^\| (.+?) \| `(tests/.+?\.py)` \|$", part, re.MULTILINE) for part in PAGE.split("## README")[1].split("## /help")
)
HELP = [line.split(" – ")[0] for line in plain(help_text(Words())).splitlines() if line.startswith("/")]


def test_every_feature_and_command_of_the_readme_is_promised() -> None:
    features = re.findall(r"^- (\*\*.+?\*\*)", README[README.index("## What it does") :], re.MULTILINE)
    commands = re.findall(r"^\| (`.+?`) \| ", README, re.MULTILINE)
    assert len(features) > 7
    assert len(commands) > 5
    assert {*features, *commands} - {promise for promise, _ in PROMISED} == set()


@pytest.mark.parametrize("promise", [promise for promise, _ in PROMISED])
def test_promise_stands_in_the_readme(promise: str) -> None:
    assert promise in FLAT


def test_every_line_of_help_is_promised_and_nothing_else() -> None:
    assert [promise for promise, _ in HELPED] == [f"`{command}`" for command in HELP]


@pytest.mark.parametrize(("promise", "file"), [*PROMISED, *HELPED])
def test_file_holds_tests(promise: str, file: str) -> None:
    assert re.search(r"^(def test_|Test\w+ = )", (CHECKOUT / file).read_text(), re.MULTILINE), promise


@pytest.mark.parametrize(("command", "file"), HELPED)
def test_file_asks_for_the_command(command: str, file: str) -> None:
    assert command.strip("`").split()[0] in (CHECKOUT / file).read_text()


def test_no_code_could_place_an_order() -> None:
    orders = re.compile(
        r"create_?order|\border/create|/v5/(order|position|account)|private_?(post|get)_|api_?secret", re.IGNORECASE
    )
    files = [file for root in ROOTS for kind in ("py", "json") for file in (CHECKOUT / root).rglob(f"*.{kind}")]
    assert len(files) > 300
    assert [str(file) for file in files if file.name != "package-lock.json" and orders.search(file.read_text())] == []


def test_no_setting_asks_for_a_key_of_the_exchange() -> None:
    assert [name for name in Settings.model_fields if re.search(r"(bybit|exchange).*(key|secret|token)", name)] == []
