"""Nothing secret in a log line, whatever carries it there."""

import json
import subprocess
import sys

import pytest

from functions.logs import hide_secrets
from functions.settings import CHECKOUT

# A process of its own: pytest has handlers of its own in this one.
PROGRAM = """
import logging, sys
from functions.logs import configure_logs, get_logger
address = "postgresql://functions:geheim@db/quorum"
configure_logs(sys.argv[1], "debug")
log = get_logger("test")
try:
    raise ValueError(f"no way to {address}")
except ValueError as error:
    log.exception("trace")
    log.warning("exception", value=error)
log.warning("list", value=[address, "more"])
log.warning("nested", value={"at": {"url": address}})
log.warning("text", value=address, bot="123456789:AAF-geheim-jklmnopqrstuvwxyz012345")
log.warning("harmless", first="http://host:80", second="me@home", third='a "quoted" word')
logging.getLogger("sqlalchemy.pool").warning("foreign %s", address)
"""
SAYS = ("trace", "exception", "list", "nested", "text", "harmless", "foreign")


def logged(log_format: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, log_format]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("POST https://api.telegram.org/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz012345/sendMessage", "AAF-"),
        ("postgresql://functions:geheim@db/quorum refused", "geheim"),
        ("Authorization: Bearer abc.def-123", "abc.def"),
    ],
)
def test_secrets_are_hidden(text: str, hidden: str) -> None:
    assert hidden not in hide_secrets(text)


def test_ordinary_text_stays() -> None:
    assert hide_secrets("BTCUSDT 15m is 3 candles late at 12:45:00") == "BTCUSDT 15m is 3 candles late at 12:45:00"


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_line_shows_a_secret_in_whatever_carries_it(log_format: str) -> None:
    lines = logged(log_format)
    assert not [line for line in lines if "geheim" in line]
    for word in SAYS:
        assert any(word in line for line in lines), word
    assert sum("postgresql://functions:***@db/quorum" in line for line in lines) >= len(SAYS) - 1


def test_a_redacted_line_is_still_json() -> None:
    lines = {line["event"]: line for line in map(json.loads, logged("json"))}
    assert lines["list"]["value"] == ["postgresql://functions:***@db/quorum", "more"]
    assert lines["nested"]["value"] == {"at": {"url": "postgresql://functions:***@db/quorum"}}
    assert "no way to postgresql://functions:***@db/quorum" in lines["trace"]["exception"]
    assert [lines["harmless"][name] for name in ("first", "second", "third")] == ["http://host:80", "me@home", 'a "quoted" word']
