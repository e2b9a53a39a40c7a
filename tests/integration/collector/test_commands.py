"""`quorum collector ...` as a person types it."""

import json

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from functions.collector.commands import app
from functions.errors import InputRejected
from functions.settings import Settings
from tests.conftest import PASSWORD, TOKEN
from tests.integration.collector.conftest import query

runner = CliRunner()


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "bybit_rest_url", "bybit_ws_url", "market_clock", "data_dir", "top_symbols", "history_days"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    for role in ("FUNCTIONS", "COLLECTOR", "DASHBOARD", "N8N"):
        monkeypatch.setenv(f"DB_{role}_PASSWORD", PASSWORD)
    for name in ("FUNCTIONS_TOKEN", "N8N_ENCRYPTION_KEY", "N8N_WEBHOOK_TOKEN", "N8N_OWNER_PASSWORD"):
        monkeypatch.setenv(name, TOKEN)


def test_backfill_loads_one_pair_and_again_nothing(engine: Engine) -> None:
    first = runner.invoke(app, ["backfill", "--symbol", "btcusdt", "--days", "1", "--timeframe", "15m", "--timeframe", "1h"])
    assert first.exit_code == 0, first.output
    assert "2000 candles added" in first.output
    assert query(engine, "SELECT count(*) FROM candle WHERE symbol = 'BTCUSDT'") == 2000
    again = runner.invoke(app, ["backfill", "--symbol", "BTCUSDT", "--days", "1", "--timeframe", "1h"])
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--symbol", "NOPEUSDT"], "unknown_symbol"),
        (["--symbol", "BTCUSDT", "--days", "0"], "absurd_days"),
        (["--symbol", "BTCUSDT", "--days", "-3"], "absurd_days"),
        (["--symbol", "BTCUSDT", "--days", "99999"], "absurd_days"),
        (["--symbol", "BTCUSDT", "--timeframe", "7m"], "unsupported_timeframe"),
    ],
)
def test_backfill_says_what_is_wrong(arguments: list[str], code: str) -> None:
    result = runner.invoke(app, ["backfill", *arguments])
    assert isinstance(result.exception, InputRejected)
    assert result.exception.code == code
    assert "\n" not in result.exception.detail


def test_status_shows_gaps_staleness_and_revisions() -> None:
    runner.invoke(app, ["backfill", "--symbol", "BTCUSDT", "--days", "1"])
    shown = runner.invoke(app, ["status"])
    assert shown.exit_code == 0, shown.output
    assert "collector never heard of" in shown.output
    assert "revisions: 0" in shown.output
    told = json.loads(runner.invoke(app, ["status", "--json"]).output)
    assert [one["timeframe"] for one in told["timeframes"]] == ["5m", "15m", "1h", "4h", "1d"]
    assert told["gaps"]["open"] == 0
    assert any("ETHUSDT 15m has no candles" in one for one in told["timeframes"][1]["stale"])
