"""Answers from a folder of candles, and the joining of shorter candles to longer ones."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from functions.errors import InputRejected, NotFound
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.commands import moment_of, technical
from functions.technical.engine.resample import resample
from functions.technical.run.folder_signal import answer_from_folder
from functions.technical.setups.batch import decide_every_close, lacking_history
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Signal
from functions.technical.sources.folder import folder_candles, symbols_in, tick_of
from tests.unit.technical.making import END, walk

SYMBOLS = ("BTCUSDT", "AAAUSDT")


def write(folder: Path, candles: Candles, name: str = "{symbol}") -> None:
    for row, symbol in enumerate(candles.symbols):
        frame = pd.DataFrame({column: getattr(candles, column)[row] for column in CANDLE_FIELDS})
        frame.insert(0, "date", pd.to_datetime(candles.open_time, unit="ms", utc=True))
        frame.to_parquet(folder / f"{name.format(symbol=symbol)}.parquet")


@pytest.fixture(scope="module")
def quarters() -> Candles:
    return walk(Timeframe.M15, SYMBOLS, 75 * 96, drift=0.0002, noise=0.003)


@pytest.fixture(scope="module")
def folder(quarters: Candles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("candles")
    write(place, quarters, "{symbol}_15m")
    return place


@pytest.fixture(scope="module")
def daily(quarters: Candles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Daily candles of the 200 days before the quarters, and of their first ten, at other prices."""
    place = tmp_path_factory.mktemp("daily")
    first = datetime.fromtimestamp(int(quarters.open_time[0]) / 1000, UTC)
    write(place, walk(Timeframe.D1, SYMBOLS, 210, drift=0.01, noise=0.02, end=first + timedelta(days=10)), "{symbol}_1d")
    return place


def test_answer_at_a_moment_is_the_batchs_at_that_close(quarters: Candles, folder: Path, daily: Path) -> None:
    candles = {Timeframe.M15: quarters, Timeframe.H4: resample(quarters, Timeframe.H4)}
    candles[Timeframe.D1] = folder_candles(folder, SYMBOLS, Timeframe.D1, END, daily)
    found = decide_every_close(candles, Timeframe.M15, SetupRules())
    column = int(np.flatnonzero(found.decisions.direction[1])[-1])
    tick = tick_of(quarters, "AAAUSDT")
    closed = datetime.fromtimestamp(int(found.analysis.close_time[column]) / 1000, UTC)
    expected = found.outcome_at(1, column, tick, closed)
    assert isinstance(expected, Signal)
    answer = answer_from_folder(folder, "AAAUSDT", Timeframe.M15, closed + timedelta(minutes=3), SetupRules(), daily)
    assert answer["direction"] == expected.direction
    assert answer["entry"] == f"{expected.plan.entry:f}"
    assert answer["stop"] == f"{expected.plan.stop:f}"
    assert answer["confidence"] == expected.confidence
    assert answer["reasons"] == [reason.as_json() for reason in expected.reasons]
    assert answer["indicators"] == expected.indicators
    assert answer["expires_at"] == expected.expires_at.isoformat()


def test_candles_from_before_the_first_day_come_from_the_other_folder(quarters: Candles, folder: Path, daily: Path) -> None:
    days = folder_candles(folder, SYMBOLS, Timeframe.D1, END, daily)
    own, before = resample(quarters, Timeframe.D1), folder_candles(daily, SYMBOLS, Timeframe.D1, END)
    np.testing.assert_array_equal(days.close[:, -75:], own.close)
    np.testing.assert_array_equal(days.close[:, :200], before.close[:, :200])
    assert len(days.open_time) == 275


def test_batch_says_how_many_closes_lack_the_gates_history(quarters: Candles, folder: Path, daily: Path) -> None:
    candles = {Timeframe.M15: quarters, **{t: resample(quarters, t) for t in (Timeframe.H4, Timeframe.D1)}}
    short = decide_every_close(candles, Timeframe.M15, SetupRules())
    assert not short.decisions.allowed.any()
    assert lacking_history(short) == (
        "the gate is not known at the first 7200 of 7200 closes: BTCUSDT needs 200 daily candles from before 2023-12-21;"
        " --daily names a folder of them"
    )
    candles[Timeframe.D1] = folder_candles(folder, SYMBOLS, Timeframe.D1, END, daily)
    assert lacking_history(decide_every_close(candles, Timeframe.M15, SetupRules())) is None


def test_command_says_what_the_gate_lacks_and_takes_it_from_another_folder(folder: Path, daily: Path) -> None:
    app = typer.Typer()
    app.command()(technical)
    arguments = ["--data", str(folder), "--symbol", "AAAUSDT", "--at", END.isoformat()]
    shown = CliRunner().invoke(app, arguments).stdout.splitlines()
    assert shown[0] == f"AAAUSDT 15m at {END.isoformat()}: NEUTRAL"
    assert shown[1] == "no signal because the daily state of BTCUSDT, the gate, is not known"
    assert shown[2].startswith("the gate is not known at the first 1 of 1 closes: BTCUSDT needs 200 daily candles")
    whole = CliRunner().invoke(app, [*arguments, "--daily", str(daily)]).stdout
    assert "not known" not in whole


def test_answer_after_the_last_candle_is_neutral_and_says_how_late(folder: Path) -> None:
    answer = answer_from_folder(folder, "AAAUSDT", Timeframe.M15, END + timedelta(minutes=46), SetupRules())
    assert answer["direction"] == "NEUTRAL"
    assert answer["reasons"][0]["text"] == "no signal because AAAUSDT 15m is 3 candles late"
    assert (answer["entry"], answer["targets"], answer["expires_at"], answer["source"]) == (None, [], None, "technical")


def test_answer_on_a_longer_timeframe_is_its_trend(folder: Path) -> None:
    answer = answer_from_folder(folder, "AAAUSDT", Timeframe.H4, END, SetupRules())
    assert (answer["direction"], answer["reasons"][0]["code"]) == ("NEUTRAL", "context_only")
    assert answer["trend"]["direction"] in {-1, 0, 1}


def test_command_prints_one_json_document(folder: Path) -> None:
    app = typer.Typer()
    app.command()(technical)
    arguments = ["--data", str(folder), "--symbol", "aaausdt", "--timeframe", "1h", "--at", END.isoformat()]
    shown = CliRunner().invoke(app, [*arguments, "--json"])
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.stdout)
    assert (document["symbol"], document["timeframe"], document["close_time"]) == ("AAAUSDT", "1h", END.isoformat())
    assert CliRunner().invoke(app, arguments).stdout.startswith(f"AAAUSDT 1h at {END.isoformat()}: ")


def test_no_candles_before_the_first_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFound, match="closed by"):
        answer_from_folder(folder, "AAAUSDT", Timeframe.M15, END - timedelta(days=400), SetupRules())


def test_unknown_symbol_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFound):
        folder_candles(folder, ["NOPEUSDT"], Timeframe.M15, END)


def test_file_with_other_columns_is_rejected(tmp_path: Path) -> None:
    pd.DataFrame({"date": [], "price": []}).to_parquet(tmp_path / "AAAUSDT_15m.parquet")
    with pytest.raises(InputRejected, match=r"AAAUSDT_15m.parquet, \['close'"):
        folder_candles(tmp_path, ["AAAUSDT"], Timeframe.M15, END)


def test_file_with_candles_between_the_grid_is_rejected(tmp_path: Path, quarters: Candles) -> None:
    write(tmp_path, quarters, "{symbol}_1h")
    with pytest.raises(InputRejected, match="expected 1h candles on the 1h grid"):
        folder_candles(tmp_path, SYMBOLS, Timeframe.H1, END)


def test_two_files_of_the_same_candles_are_rejected(tmp_path: Path, quarters: Candles) -> None:
    for name in ("spot", "linear"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, quarters, "{symbol}_15m")
    with pytest.raises(
        InputRejected, match=r"one file of BTCUSDT 15m in .*, got linear/BTCUSDT_15m.parquet and spot/BTCUSDT_15m"
    ):
        folder_candles(tmp_path, SYMBOLS, Timeframe.M15, END)
    assert folder_candles(tmp_path / "spot", SYMBOLS, Timeframe.M15, END).symbols == SYMBOLS


def test_own_file_of_a_timeframe_goes_before_joining(folder: Path, tmp_path: Path) -> None:
    own = walk(Timeframe.H4, SYMBOLS, 100, seed=9)
    write(tmp_path, own, "{symbol}_4h")
    write(tmp_path, walk(Timeframe.M5, SYMBOLS, 500))
    np.testing.assert_array_equal(folder_candles(tmp_path, SYMBOLS, Timeframe.H4, END).close, own.close)
    assert symbols_in(tmp_path) == ("AAAUSDT", "BTCUSDT")


def test_tick_is_what_the_closes_show(quarters: Candles) -> None:
    assert tick_of(quarters, "AAAUSDT") == Decimal("0.0001")


def test_wrong_time_is_rejected() -> None:
    with pytest.raises(InputRejected, match="expected a time like"):
        moment_of("yesterday")


def test_time_without_zone_is_utc() -> None:
    assert moment_of("2024-03-05T00:00") == END


def hours(*closes: float) -> Candles:
    grid = np.array([closes])
    times = np.arange(len(closes), dtype=np.int64) * 3_600_000
    return Candles(Timeframe.H1, ("AAAUSDT",), times, grid, grid + 1, grid - 1, grid, grid * 0 + 2.0)


@pytest.mark.parametrize(
    ("closes", "opens", "highs", "lows", "lasts", "volumes"),
    [
        pytest.param((5, 9, 3, 7), [5], [10], [2], [7], [8], id="one whole candle"),
        pytest.param((5, 9, 3, 7, 6), [5], [10], [2], [7], [8], id="the one that is not over is left out"),
        pytest.param((np.nan, 9, 3, np.nan), [9], [10], [2], [3], [4], id="missing parts are skipped"),
        pytest.param((5, 9, 3, 7, *[np.nan] * 4), [5, np.nan], [10, np.nan], [2, np.nan], [7, np.nan], [8, np.nan], id="no part"),
        pytest.param((5, 9, 3), [], [], [], [], [], id="too few parts"),
    ],
)
def test_resample(
    closes: tuple[float, ...], opens: list[float], highs: list[float], lows: list[float], lasts: list[float], volumes: list[float]
) -> None:
    joined = resample(hours(*closes), Timeframe.H4)
    found = (joined.open, joined.high, joined.low, joined.close, joined.volume)
    for grid, expected in zip(found, (opens, highs, lows, lasts, volumes), strict=True):
        np.testing.assert_array_equal(grid[0], expected)


def test_resample_to_something_shorter_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a multiple of 1h, got 15m"):
        resample(hours(1, 2), Timeframe.M15)
