"""Settings: the first wrong one is named in one line; secrets never print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.operations.init import write_env
from functions.pairs import read_symbol
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
    with pytest.raises(InputRejected, match=f"^{name} is not set; run `[^`]*quorum init` to write every needed secret$"):
        Settings.load()


ADDRESS = "expected an address such as https://"
BOT_TOKEN = "123456789:AAE... with 30 or more signs after the colon"
FACTORS = "technical, sentiment, onchain, context, momentum"
WRONG = {
    "DATABASE_URL=mysql://db/desk": "expected postgresql://owner:password@host:5432/database",
    "FUNCTIONS_HOST=http://127.0.0.1": "expected an address or a name alone, such as 127.0.0.1, got 'http://127.0.0.1'",
    "FUNCTIONS_PORT=0": "expected a whole number from 1 to 65535, got '0'",
    "FUNCTIONS_URL=functions:8300": f"{ADDRESS}functions:8300, got 'functions:8300'",
    "FUNCTIONS_TOKEN=short": "expected 16 characters or more, got 5",
    "FUNCTIONS_TOKEN=seventeen letters": "expected letters a to z, digits and signs, without a space: it travels in a header",
    "COLLECTOR_HOST=my desk": "expected an address or a name alone, such as 127.0.0.1, got 'my desk'",
    "COLLECTOR_PORT=65536": "expected a whole number from 1 to 65535, got '65536'",
    "TOP_SYMBOLS=many": "expected a whole number from 1 to 2000, got 'many'",
    "SYMBOLS=BTCUSDT,BYBIT:ETHUSDT": "expected USDT pairs such as BTCUSDT, eth or ETH/USDT, got 'BYBIT:ETHUSDT'",
    "SYMBOLS=usdt": "expected USDT pairs such as BTCUSDT, eth or ETH/USDT, got 'usdt'",
    "GATE_SYMBOL=b t c": "expected USDT pairs such as BTCUSDT, eth or ETH/USDT, got 'b t c'",
    "HISTORY_DAYS=0": "expected a whole number from 1 to 3650, got '0'",
    "KEEP_5M_DAYS=3": "expected a whole number from 4 to 3650, got '3'",
    "KEEP_15M_DAYS=ten": "expected a whole number from 11 to 3650, got 'ten'",
    "BYBIT_REQUESTS_PER_SECOND=200": "expected a number above 0 and up to 110, got '200'",
    "BYBIT_REST_URL=api.bybit.com": f"{ADDRESS}api.bybit.com, got 'api.bybit.com'",
    "BYBIT_REST_URL=https://api.bybit.com:port": f"{ADDRESS}host, got 'https://api.bybit.com:port'",
    "BYBIT_WS_URL=https://stream.bybit.com": "expected an address such as wss://host, got 'https://stream.bybit.com'",
    "MARKET_CLOCK=now": "expected MARKET@WALLxSPEED with ISO times, got 'now'",
    "TARGETS_R=1,2": "expected three numbers separated by commas, got '1,2'",
    "TARGETS_R=1,2,three": "expected three numbers separated by commas, got '1,2,three'",
    "TARGETS_R=2,1,3": "expected three rising targets above 0 and up to 20 stop distances, e.g. 0.7,2,4",
    "TARGETS_R=0.1,0.2,0.3": "expected targets whose mean is 2 or more (risk/reward 1:2), got 0.20",
    "WEIGHTS=technical=40, mood=20": f"expected NAME=NUMBER with one of {FACTORS}, got 'mood=20'",
    "WEIGHTS=technical=-1": "expected technical=NUMBER with a number from 0 to 1000000, got '-1'",
    "WEIGHTS=technical=much": "expected technical=NUMBER with a number from 0 to 1000000, got 'much'",
    "WEIGHTS=technical=40, technical=20": "expected each factor once, got technical twice",
    "WEIGHTS=technical=0, momentum=0": "expected at least one weight above 0, got none",
    "CONSENSUS_FACTORS=6": "expected a whole number from 1 to 5, got '6'",
    "MIN_CONFIDENCE_PERCENT=101": "expected a number from 0 to 100, got '101'",
    "COOLDOWN_HOURS=-1": "expected a number from 0 to 168, got '-1'",
    "RANGE_LIMIT=0.5": "expected a number from 1 to 100, got '0.5'",
    "FEE_PERCENT=6": "expected a number of at most 8 decimals from 0 to 5, got '6'",
    "SLIPPAGE_PERCENT=-1": "expected a number of at most 8 decimals from 0 to 5, got '-1'",
    "POSITION_LIMIT_PERCENT=0": "expected a number above 0 and up to 100, got '0'",
    "RISK_PERCENT=0,5": "expected a number above 0 and up to 5, got '0,5'",
    "PAPER_START=1": "expected a number of at most 8 decimals from 10 to 1000000000, got '1'",
    "OPEN_LIMIT=2.5": "expected a whole number from 1 to 100, got '2.5'",
    "PAPER_ALLOW_SHORT=maybe": "expected true or false, got 'maybe'",
    "PAPER_BREAK_EVEN=2": "expected true or false, got '2'",
    "FEAR_GREED_URL=alternative.me": f"{ADDRESS}alternative.me, got 'alternative.me'",
    "COINGECKO_URL=https://": f"{ADDRESS}host, got 'https://'",
    "COINGECKO_KEY=a key": "expected letters a to z, digits and signs, without a space: it travels in a header",
    "TELEGRAM_BOT_TOKEN=hello": f"expected a token as @BotFather writes it, {BOT_TOKEN}",
    "TELEGRAM_CHAT_IDS=abc": "expected whole numbers separated by commas, got 'abc'",
    "TELEGRAM_API_URL=ftp://api.telegram.org": f"{ADDRESS}host, got 'ftp://api.telegram.org'",
    "N8N_HOST=n8n/": "expected an address or a name alone, such as 127.0.0.1, got 'n8n/'",
    "N8N_PORT=": None,
    "N8N_PORT=5678a": "expected a whole number from 1 to 65535, got '5678a'",
    "N8N_URL=n8n:5678": f"{ADDRESS}n8n:5678, got 'n8n:5678'",
    "N8N_PUBLIC_URL=http://desk.example.org": "expected an https:// address, Telegram takes no other, got 'http://desk.example.org'",
    "N8N_OWNER_EMAIL=me": "expected an e-mail address such as owner@quorum.local, got 'me'",
    "N8N_OWNER_PASSWORD=short": "expected 8 characters or more, got 5",
    "N8N_ENCRYPTION_KEY=short": "expected 16 characters or more, got 5",
    "N8N_WEBHOOK_TOKEN=short": "expected 16 characters or more, got 5",
    "LOG_FORMAT=xml": "expected one of console, json, got 'xml'",
    "LOG_LEVEL=warn": "expected one of debug, info, warning, error, got 'warn'",
}


@pytest.mark.parametrize(("line", "words"), WRONG.items())
def test_wrong_setting_is_told_in_one_plain_line(environment: pytest.MonkeyPatch, line: str, words: str | None) -> None:
    name, _, value = line.partition("=")
    environment.setenv(name, value)
    if words is None:  # an empty value is none
        assert Settings.load().n8n_port == 5678
        return
    with pytest.raises(InputRejected) as caught:
        Settings.load()
    assert caught.value.detail == f"{name} is wrong: {words}"


FREE = {"DATA_DIR", "DB_FUNCTIONS_PASSWORD", "DB_COLLECTOR_PASSWORD", "DB_DASHBOARD_PASSWORD", "DB_N8N_PASSWORD"}


@pytest.mark.parametrize("name", sorted({name.upper() for name in Settings.model_fields} - FREE))
@pytest.mark.parametrize("value", ["?", " two words ", "1,2", "1e999", "nan", "x" * 500])
def test_no_setting_repeats_the_words_of_a_validator(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    try:
        Settings.load()
        words = f"{name} is wrong: expected nothing else"
    except InputRejected as error:
        words = error.detail
    assert re.match(rf"{name} is wrong: expected [^\n]{{5,200}}$", words)
    assert not re.search("Input should|validation|Value should|valid ", words)


def test_file_that_is_no_text_is_told_in_one_line(environment: pytest.MonkeyPatch) -> None:
    environment.delenv(ENV_FILE)
    Path(".env").write_bytes(b"SYMBOLS=\xff\xfe\n")
    with pytest.raises(InputRejected, match=r"^\.env is no UTF-8 text; save it again as UTF-8$"):
        Settings.load()


def test_folder_in_place_of_the_file_is_told_in_one_line(environment: pytest.MonkeyPatch) -> None:
    environment.delenv(ENV_FILE)
    Path(".env").mkdir()
    with pytest.raises(InputRejected, match=r"^\.env is a folder; move it away, then run `"):
        Settings.load()


@pytest.mark.parametrize("written", ["0", "1,99999999999999999999", "-99999999999999999999"])
def test_number_that_is_no_id_of_telegram_is_refused(environment: pytest.MonkeyPatch, written: str) -> None:
    environment.setenv("TELEGRAM_CHAT_IDS", written)
    with pytest.raises(InputRejected, match=r"^TELEGRAM_CHAT_IDS is wrong: expected ids as Telegram gives them"):
        Settings.load()


def test_mark_that_windows_puts_first_is_no_part_of_a_name(environment: pytest.MonkeyPatch) -> None:
    environment.delenv(ENV_FILE)
    Path(".env").write_bytes(b"\xef\xbb\xbfTOP_SYMBOLS=7\r\n")
    assert Settings.load().top_symbols == 7


@pytest.mark.parametrize("written", ["ethusdt", "ETH/USDT", "ETH", "eth-usdt", "ETH_USDT", "#eth", " eth , ETHUSDT,"])
def test_pair_is_taken_in_the_spellings_of_telegram(environment: pytest.MonkeyPatch, written: str) -> None:
    environment.setenv("SYMBOLS", written)
    environment.setenv("GATE_SYMBOL", written.split(",", maxsplit=1)[0])
    settings = Settings.load()
    assert settings.symbols == (read_symbol("eth"),) == ("ETHUSDT",)
    assert settings.gate_symbol == "ETHUSDT"


def test_lists_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELEGRAM_CHAT_IDS", "1, -1005000000001, 1")
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
    environment.setenv("telegram_bot_token", "123456:of-the-real-bot-of-a-real-person")
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
