"""A wrong setting is one sentence that names it, and never shows a secret."""

from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.operations.init import write_env
from functions.settings import ENV_FILE, Settings


@pytest.fixture(autouse=True)
def complete_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complete `.env` in the current folder."""
    write_env(tmp_path / ".env")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ENV_FILE)
    return tmp_path / ".env"


def test_what_init_writes_is_complete() -> None:
    Settings.load()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FUNCTIONS_PORT", "99999", "FUNCTIONS_PORT is wrong"),
        ("FUNCTIONS_PORT", "http", "FUNCTIONS_PORT is wrong"),
        ("TOP_SYMBOLS", "0", "TOP_SYMBOLS is wrong"),
        ("TELEGRAM_CHAT_IDS", "me", "TELEGRAM_CHAT_IDS is wrong"),
        ("FUNCTIONS_TOKEN", "short", "FUNCTIONS_TOKEN is wrong"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is wrong"),
        ("MARKET_CLOCK", "noon", "MARKET_CLOCK is wrong"),
        ("DATABASE_URL", "no address", "DATABASE_URL is wrong"),
        ("DATABASE_URL", "mysql://u:p@h/d", "DATABASE_URL is wrong"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputRejected, match=words) as refused:
        Settings.load()
    assert refused.value.code == "wrong_setting"
    assert len(refused.value.detail.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("FUNCTIONS_TOKEN", "hunter2"), ("DATABASE_URL", "mysql://owner:hunter2@localhost/quorum")]
)
def test_a_wrong_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputRejected) as refused:
        Settings.load()
    assert "hunter2" not in refused.value.detail


def test_a_missing_secret_says_what_to_run(complete_env: Path) -> None:
    lines = complete_env.read_text().splitlines()
    complete_env.write_text("\n".join(line for line in lines if not line.startswith("FUNCTIONS_TOKEN=")))
    with pytest.raises(InputRejected, match=r"FUNCTIONS_TOKEN is not set; run `.*quorum init`"):
        Settings.load()
