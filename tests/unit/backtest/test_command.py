"""`quorum backtest` over a folder: its figures, and one clear line for whatever is not fit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from functions.backtest.commands import backtest, lines
from functions.backtest.history import MarketHistory
from functions.backtest.run.command import Asked, run_command
from functions.errors import InputRejected, NotFound, QuorumError
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from tests.unit.backtest.worlds import BEGIN, DAYS, SINCE, world

END = BEGIN + timedelta(days=DAYS)


def write(folder: Path, candles: Candles, symbols: Sequence[str] = (), columns: slice = slice(None)) -> Path:
    folder.mkdir(exist_ok=True)
    for row, symbol in enumerate(candles.symbols):
        if symbols and symbol not in symbols:
            continue
        frame = pd.DataFrame({name: getattr(candles, name)[row, columns] for name in CANDLE_FIELDS})
        frame.insert(0, "date", pd.to_datetime(candles.open_time[columns], unit="ms", utc=True))
        frame.dropna().to_parquet(folder / f"{symbol}_{candles.timeframe}.parquet")
    return folder


@pytest.fixture(scope="module")
def history() -> MarketHistory:
    return world()


@pytest.fixture(scope="module")
def place(history: MarketHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("candles")
    write(home / "data", history.finest)
    write(home / "daily", history.days)
    days = [BEGIN + timedelta(days=day) for day in range(DAYS)]
    pd.DataFrame({"date": [f"{day:%Y-%m-%d}" for day in days], "value": 80}).to_csv(home / "mood.csv", index=False)
    return home


@pytest.fixture
def asked(place: Path) -> Asked:
    mood = place / "mood.csv"
    return Asked(str(place / "data"), since=SINCE, until=END, daily=place / "daily", fear_greed=mood)


def test_command_prints_one_json_document(place: Path) -> None:
    app = typer.Typer()
    app.command()(backtest)
    options = ["--from", f"{SINCE:%Y-%m-%d}", "--to", f"{END:%Y-%m-%d}", "--fear-greed", str(place / "mood.csv"), "--json"]
    ran = CliRunner().invoke(app, ["--data", str(place / "data"), "--daily", str(place / "daily"), *options])
    assert ran.exit_code == 0
    document = orjson.loads(ran.stdout)
    assert document["trades"] > 3
    assert document["hashes"].keys() == {"data", "code", "settings", "result"}


def test_report_is_one_file_with_the_run_in_it(asked: Asked, tmp_path: Path) -> None:
    document = run_command(replace(asked, sweeps=True), tmp_path / "out.html")
    text = (tmp_path / "out.html").read_text()
    assert document["hashes"]["result"] in text
    assert "<html" in text


def test_lines_are_for_a_person() -> None:
    assert lines({"trades": 3, "sharpe": 1.23456, "calmar": None, "notes": ["a gap"], "hashes": {}}) == [
        "trades: 3",
        "sharpe: 1.235",
        "calmar: -",
        "note: a gap",
    ]


def test_span_without_days_is_that_of_the_candles(asked: Asked) -> None:
    document = run_command(replace(asked, since=None, until=None))
    assert document["from"] == (SINCE - timedelta(days=15)).isoformat()
    assert document["to"] == END.isoformat()


def test_gaps_are_counted(history: MarketHistory, asked: Asked, tmp_path: Path) -> None:
    holed = history.finest.close.copy()
    holed[0, 2000:2007] = np.nan
    folder = write(tmp_path / "data", replace(history.finest, close=holed))
    document = run_command(replace(asked, data=str(folder)))
    assert document["gaps"] == {"AAAUSDT": 7}
    assert "7 candles lack in 1 symbols" in document["notes"]


def test_gate_s_symbol_may_have_daily_candles_alone(history: MarketHistory, asked: Asked, tmp_path: Path) -> None:
    folder = write(tmp_path / "data", history.finest, ["AAAUSDT", "CCCUSDT"])
    document = run_command(replace(asked, data=str(folder)))
    assert (document["symbols"], document["trades"] > 0, document["btc_return"] is not None) == (2, True, True)


def refused(change: Callable[[Asked, Path], Asked], asked: Asked, tmp_path: Path) -> QuorumError:
    with pytest.raises((InputRejected, NotFound)) as error:
        run_command(change(asked, tmp_path))
    assert "\n" not in error.value.detail
    return error.value


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda one, tmp: replace(one, data=str(tmp / "nowhere")), "no_folder", "neither"),
        (lambda one, tmp: replace(one, data=str(tmp)), "no_candles", "got none"),
        (lambda one, tmp: replace(one, symbols="DOGEUSDT"), "unknown_symbol", "DOGEUSDT has none"),
        (lambda one, tmp: replace(one, symbols="what is this"), "unknown_symbol", "names of pairs"),
        (lambda one, tmp: replace(one, daily=None), "too_little_history", "200 daily candles of BTCUSDT"),
        (lambda one, tmp: replace(one, since=SINCE - timedelta(days=100), daily=None), "too_little_history", "--daily"),
        (lambda one, tmp: replace(one, since=END), "empty_span", "--from before --to"),
        (lambda one, tmp: replace(one, since=END + timedelta(days=9), until=None), "no_candles", "they go from"),
        (lambda one, tmp: replace(one, until=datetime(2999, 1, 1, tzinfo=SINCE.tzinfo)), "future_span", "before today"),
        (lambda one, tmp: replace(one, since=SINCE + timedelta(hours=1)), "wrong_span", "whole days"),
        (lambda one, tmp: replace(one, weights="luck=3"), "wrong_weights", "luck"),
        (lambda one, tmp: replace(one, weights="technical=0"), "wrong_weights", "above 0"),
    ],
)
def test_what_is_not_fit_gets_one_line(
    asked: Asked, tmp_path: Path, change: Callable[[Asked, Path], Asked], code: str, says: str
) -> None:
    error = refused(change, asked, tmp_path)
    assert (error.code, says in error.detail, error.exit_code > 0) == (code, True, True)


def test_files_of_different_spans_are_named(history: MarketHistory, asked: Asked, tmp_path: Path) -> None:
    folder = write(tmp_path / "data", history.finest)
    write(folder, history.finest, ["CCCUSDT"], slice(0, 30 * 96))
    error = refused(lambda one, _: replace(one, data=str(folder)), asked, tmp_path)
    assert (error.code, "CCCUSDT 2023-08-24 to 2023-09-23" in error.detail) == ("different_spans", True)


def test_files_of_different_spans_are_traded_when_that_is_allowed(history: MarketHistory, asked: Asked, tmp_path: Path) -> None:
    folder = write(tmp_path / "data", history.finest)
    write(folder, history.finest, ["CCCUSDT"], slice(0, 30 * 96))
    document = run_command(replace(asked, data=str(folder), uneven=True))
    assert any("closed at its last price" in note for note in document["notes"])


def test_candles_too_coarse_to_trade_on_are_refused(history: MarketHistory, asked: Asked, tmp_path: Path) -> None:
    folder = write(tmp_path / "data", history.days)
    error = refused(lambda one, _: replace(one, data=str(folder)), asked, tmp_path)
    assert error.code == "too_coarse"


@pytest.mark.parametrize("text", ["date,index\n2023-01-01,3\n", "date,value\n2023-01-01,300\n", "date,value\nsoon,3\n"])
def test_mood_that_cannot_be_read_is_refused(asked: Asked, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mood.csv"
    file.write_text(text)
    with pytest.raises(InputRejected, match="expected"):
        run_command(replace(asked, fear_greed=file))
