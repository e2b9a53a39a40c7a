"""`quorum collector ...` as a person types it."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from functions.collector.commands import app
from functions.errors import InputRejected, RetryLater
from functions.settings import CHECKOUT, Settings
from tests.conftest import PASSWORD, TOKEN
from tests.integration.collector.conftest import query, until

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


def test_stream_runs_the_collector_until_ctrl_c(settings: Settings, engine: Engine) -> None:
    names = ("SYMBOLS", "TOP_SYMBOLS")
    environment = {key: value for key, value in os.environ.items() if key not in names}
    environment |= {"COLLECTOR_PORT": str(settings.collector_port), "N8N_URL": settings.n8n_url}
    command = [sys.executable, "-m", "functions.cli", "collector", "stream", "--top", "2"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.DEVNULL)
    try:
        beat = "SELECT count(*) FROM heartbeat WHERE detail ->> 'symbols' = '2' AND detail ->> 'status' = 'ok'"
        asyncio.run(until(lambda: query(engine, beat) == 1, "it streams two pairs"))
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0


def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = runner.invoke(app, ["backfill", "--symbol", "BTCUSDT"])
    assert isinstance(result.exception, RetryLater)
    assert result.exception.code == "database_away"


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
