"""Settings: the first wrong one is named in one line; secrets never print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.operations.init import write_env
from functions.settings import CHECKOUT, ENV_FILE, Settings, env_file, use_only
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


@pytest.fixture
def hostile(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The settings of a person's real desk, in `.env` and in the environment."""
    environment.delenv(ENV_FILE)
    Path(".env").write_text("DATABASE_URL=postgresql://owner:real@db/desk\nSYMBOLS=DOGEUSDT\n")
    environment.setenv("N8N_URL", "https://n8n.example.com")
    environment.setenv("telegram_bot_token", "123456:of-the-real-bot")
    return environment


def test_settings_of_given_values_are_of_nothing_else(hostile: pytest.MonkeyPatch) -> None:
    settings = make_settings()
    assert (settings.database_url, settings.symbols, settings.n8n_url) == ("", (), "")
    assert settings.telegram_bot_token.get_secret_value() == ""


def test_load_prefers_the_environment_and_falls_back_to_the_file(hostile: pytest.MonkeyPatch) -> None:
    hostile.setenv("SYMBOLS", "ETHUSDT")
    hostile.setenv("DATABASE_URL", "")
    settings = Settings.load()
    assert settings.symbols == ("ETHUSDT",)
    assert settings.database_url == "postgresql://owner:real@db/desk"
    assert settings.n8n_url == "https://n8n.example.com"


def test_load_of_one_file_sees_that_file_alone(hostile: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_env(tmp_path / "env")
    settings = Settings.load(tmp_path / "env")
    assert (settings.database_url, settings.symbols, settings.n8n_url) == ("", (), "")


def test_use_only_takes_every_other_setting_away_from_this_process_and_its_children(
    hostile: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("N8N_URL", "telegram_bot_token", *SECRETS):
        hostile.delenv(name)  # so that they are there again afterwards
        os.environ[name] = "of-the-real-desk"
    hostile.setenv(ENV_FILE, ".env")
    write_env(tmp_path / "env")
    use_only(tmp_path / "env")
    assert env_file() == tmp_path / "env"
    assert "of-the-real-desk" not in os.environ.values()
    program = "from functions.settings import Settings as S; s = S.load(); print(s.database_url, s.symbols, s.n8n_url)"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["()"]


def test_roles_log_in_with_their_own_password() -> None:
    settings = make_settings(database_url="postgresql://owner:top@db:5432/quorum", db_n8n_password="its own")
    assert settings.database("n8n") == "postgresql://n8n:its%20own@db:5432/quorum"


def test_example_explains_every_setting() -> None:
    explained = set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert {name.upper() for name in Settings.model_fields} <= explained
