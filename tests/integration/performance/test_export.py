"""Exports hold every row with its columns, as it stood at the last moment, and are read back as they were."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from functions.cli import app
from functions.errors import NotFound
from functions.performance.exports import Export
from functions.performance.run.export import export_table
from functions.settings import Settings
from tests.integration.performance.conftest import DAY, DAYS, FIRST, NOW


def exported(engine: Engine, table: Export, until_day: float = 40, **of: str) -> list[dict[str, str]]:
    with engine.connect() as connection:
        found = export_table(connection, table, FIRST - DAY, FIRST + until_day * DAY, "BTCUSDT", **of)
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_trades_have_their_result_and_their_exits(engine: Engine, desk: int) -> None:
    trades = exported(engine, Export.TRADES)
    assert len(trades) == 15
    assert {name: trades[0][name] for name in ("account", "symbol", "side", "state", "entry", "exit", "stop", "targets")} == {
        "account": "desk",
        "symbol": "ETHUSDT",
        "side": "long",
        "state": "closed",
        "entry": "100",
        "exit": "90",
        "stop": "90",
        "targets": "107 120 140",
    }
    assert (trades[0]["profit"], trades[0]["fees"], trades[0]["reason"]) == ("-10.2", "0.2", "time")
    assert float(trades[0]["r"]) == pytest.approx(-1.02)
    assert trades[0]["closed_at"] == "2024-03-02T06:00:00Z"


def test_trade_that_was_open_then_is_exported_as_open(engine: Engine, desk: int) -> None:
    trades = exported(engine, Export.TRADES, until_day=1)
    assert [(one["state"], one["closed_at"], one["profit"], one["exit"]) for one in trades] == [("open", "", "-0.1", "")]


def test_equity_has_every_day_of_every_account(engine: Engine, desk: int) -> None:
    days = exported(engine, Export.EQUITY, until_day=DAYS)
    assert (len(days), days[0]["account"], days[0]["day"], days[-1]["day"]) == (DAYS, "desk", "2024-03-01", "2024-03-30")
    assert float(days[-1]["equity"]) == pytest.approx(1027)
    assert exported(engine, Export.EQUITY, account="random") == []


def test_signals_and_scores_are_those_of_the_span_and_the_coin(engine: Engine, desk: int) -> None:
    assert len(exported(engine, Export.SIGNALS)) == 3
    assert exported(engine, Export.SIGNALS, symbol="BTCUSDT") == []
    assert exported(engine, Export.SIGNALS)[0]["targets"] == "107 120 140"
    scores = exported(engine, Export.SCORES)
    assert len(scores) == 400
    assert (scores[0]["symbol"], scores[0]["confidence"], scores[0]["sentiment"]) == ("BTCUSDT", "0.5", "")


def test_unknown_account_is_refused(engine: Engine) -> None:
    with pytest.raises(NotFound, match="expected one of desk"):
        exported(engine, Export.TRADES, account="mine")


def test_nothing_is_a_line_of_names(engine: Engine) -> None:
    with engine.connect() as connection:
        found = export_table(connection, Export.TRADES, FIRST, NOW, "BTCUSDT")
        assert found.columns[:4] == ("trade_id", "account", "symbol", "side")
        assert list(found.rows) == []


def test_command_writes_a_file_and_says_how_many(
    desk: int, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "load", lambda file=None: settings)
    until = (NOW + timedelta(days=1)).isoformat()
    file = tmp_path / "trades.csv"
    run = CliRunner().invoke(app, ["export", "trades", "--to", until, "--account", "desk", "--out", str(file)])
    assert (run.exit_code, run.stderr) == (0, f"wrote 15 rows of trades to {file}\n")
    assert len([*csv.DictReader(StringIO(file.read_text()))]) == 15
    printed = CliRunner().invoke(app, ["export", "equity", "--to", until])
    assert printed.stdout.splitlines()[0] == "account,day,equity,return,as_btc"
    assert len(printed.stdout.splitlines()) == DAYS + 2
