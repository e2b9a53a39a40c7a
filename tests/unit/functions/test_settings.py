"""Settings: the first wrong one is named in one line; secrets never print."""

import re
from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.settings import CHECKOUT, Settings
from tests.conftest import PASSWORD, make_settings

NEEDED = ("DB_FUNCTIONS_PASSWORD", "DB_COLLECTOR_PASSWORD", "DB_DASHBOARD_PASSWORD", "DB_N8N_PASSWORD", "FUNCTIONS_TOKEN")
SECRETS = (*NEEDED, "N8N_ENCRYPTION_KEY", "N8N_OWNER_PASSWORD", "N8N_WEBHOOK_TOKEN")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.setenv(name, "a-long-enough-secret")
    return monkeypatch


@pytest.mark.parametrize("name", SECRETS)
def test_missing_secret_is_named_with_the_next_step(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(InputRejected, match=f"^{name} is not set; run `quorum init`"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FUNCTIONS_PORT", "0"),
        ("TOP_SYMBOLS", "many"),
        ("MARKET_CLOCK", "now"),
        ("TELEGRAM_CHAT_IDS", "me"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_wrong_setting_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(InputRejected, match=f"^{name} is wrong: ") as caught:
        Settings.load()
    assert "\n" not in caught.value.detail


def test_lists_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELEGRAM_CHAT_IDS", "1, -1005000000001")
    environment.setenv("SYMBOLS", "BTCUSDT,ETHUSDT,")
    settings = Settings.load()
    assert settings.telegram_chat_ids == (1, -1005000000001)
    assert settings.symbols == ("BTCUSDT", "ETHUSDT")


def test_secrets_do_not_print() -> None:
    assert PASSWORD not in repr(make_settings())


def test_roles_log_in_with_their_own_password() -> None:
    settings = make_settings(database_url="postgresql://owner:top@db:5432/quorum", db_n8n_password="its own")
    assert settings.database("n8n") == "postgresql://n8n:its%20own@db:5432/quorum"


def test_example_explains_every_setting() -> None:
    explained = set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert {name.upper() for name in Settings.model_fields} <= explained
