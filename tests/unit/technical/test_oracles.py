"""Agreement with TA-Lib and pandas-ta-classic on random and real candles, 1e-9 relative once different beginnings have faded."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib
from numpy.typing import NDArray

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse_history
from functions.technical.engine.history import history_of
from tests.unit.technical.making import walk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas_ta_classic as pandas_ta

REAL = Path(__file__).parents[4] / "shared" / "data" / "ohlcv" / "spot_2021_2024"
FADED = 700  # candles: Wilder's averages forget a factor of 1e-9 in 14 * ln(1e9) = 290, EMA(200) in 2,070 (compared apart)
Series = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One symbol's candles, as each side wants them."""

    analysis: Analysis
    frame: pd.DataFrame

    def ours(self, name: str) -> Series:
        values: Series = getattr(self.analysis.indicators, name)[0]
        return values


def case_of(candles: Candles) -> Case:
    history = history_of(candles)
    index = pd.DatetimeIndex(pd.to_datetime(candles.open_time, unit="ms"))
    columns = {name: getattr(history, name)[:, 0] for name in CANDLE_FIELDS}
    return Case(analyse_history(history, len(candles.open_time)), pd.DataFrame(columns, index=index))


def real_candles() -> Candles:
    frame = pd.read_parquet(REAL / "BTCUSDT_1h.parquet").iloc[-3000:]
    times = frame["date"].dt.as_unit("ms").astype("int64").to_numpy()
    values = tuple(frame[name].to_numpy(np.float64) for name in CANDLE_FIELDS)
    end = frame["date"].iloc[-1].to_pydatetime() + Timeframe.H1.span
    return Candles.from_columns(Timeframe.H1, end, ("BTCUSDT",), np.zeros(len(times), np.int64), times, values)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["random", "tiny", "real"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "real":
        if not REAL.exists():
            pytest.skip("the real candles are not part of the repository")
        yield case_of(real_candles())
        return
    made = walk(Timeframe.H1, ["AAAUSDT"], 3000, seed=7)
    if request.param == "tiny":
        prices = {name: getattr(made, name) * 1e-7 for name in ("open", "high", "low", "close")}
        made = replace(made, **prices)
    yield case_of(made)


def ta(frame: pd.DataFrame, name: str, *arguments: str, column: str | None = None, **options: Any) -> Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = getattr(pandas_ta, name)(*(frame[argument] for argument in arguments), **options)
    values: Series = (found if column is None else found[column]).to_numpy(np.float64)
    return values


Oracle = Callable[[pd.DataFrame], Series]


def lib(function: str, *arguments: str, part: int | None = None, **options: int) -> Oracle:
    def compute(frame: pd.DataFrame) -> Series:
        found = getattr(talib, function)(*(frame[name].to_numpy(np.float64) for name in arguments), **options)
        values: Series = found if part is None else found[part]
        return values

    return compute


def classic(name: str, *arguments: str, column: str | None = None, **options: Any) -> Oracle:
    return lambda frame: ta(frame, name, *arguments, column=column, **options)


HLC = ("high", "low", "close")
MACD = {"fastperiod": 12, "slowperiod": 26, "signalperiod": 9}
BANDS = {"timeperiod": 20, "nbdevup": 2, "nbdevdn": 2}
# name of ours, the oracle, candles before the comparison, and whether it is compared relative to the price (it crosses zero)
ORACLES: list[tuple[str, str, Oracle, int, bool]] = [
    ("ema9", "talib", lib("EMA", "close", timeperiod=9), 8, False),
    ("ema21", "talib", lib("EMA", "close", timeperiod=21), 20, False),
    ("ema50", "talib", lib("EMA", "close", timeperiod=50), 49, False),
    ("ema200", "talib", lib("EMA", "close", timeperiod=200), 199, False),
    ("ema200", "pandas-ta", classic("ema", "close", length=200, talib=False), 199, False),
    ("macd", "talib", lib("MACD", "close", part=0, **MACD), FADED, True),
    ("macd_signal", "talib", lib("MACD", "close", part=1, **MACD), FADED, True),
    ("macd_histogram", "pandas-ta", classic("macd", "close", column="MACDh_12_26_9", talib=False), FADED, True),
    ("rsi", "talib", lib("RSI", "close", timeperiod=14), 14, False),
    ("rsi", "pandas-ta", classic("rsi", "close", talib=False), FADED, False),
    ("stochastic_k", "pandas-ta", classic("stochrsi", "close", column="STOCHRSIk_14_14_3_3"), FADED, True),
    ("stochastic_d", "pandas-ta", classic("stochrsi", "close", column="STOCHRSId_14_14_3_3"), FADED, True),
    ("bollinger_upper", "talib", lib("BBANDS", "close", part=0, **BANDS), 19, False),
    ("bollinger_middle", "talib", lib("BBANDS", "close", part=1, **BANDS), 19, False),
    ("bollinger_lower", "pandas-ta", classic("bbands", "close", column="BBL_20_2.0", length=20, ddof=0, talib=False), 19, False),
    ("atr", "talib", lib("ATR", *HLC, timeperiod=14), FADED, False),
    ("atr", "pandas-ta", classic("atr", *HLC, talib=False), FADED, False),
    ("adx", "talib", lib("ADX", *HLC, timeperiod=14), FADED, False),
    ("plus_di", "talib", lib("PLUS_DI", *HLC, timeperiod=14), FADED, False),
    ("minus_di", "talib", lib("MINUS_DI", *HLC, timeperiod=14), FADED, False),
    ("volume_average", "talib", lib("SMA", "volume", timeperiod=20), 19, False),
    ("vwap", "pandas-ta", classic("vwap", "high", "low", "close", "volume"), 24, False),
]


@pytest.mark.parametrize(("name", "where", "oracle", "first", "crosses"), ORACLES, ids=[f"{o[0]}-{o[1]}" for o in ORACLES])
def test_agrees_to_1e_9(case: Case, name: str, where: str, oracle: Oracle, first: int, crosses: bool) -> None:
    ours, theirs = case.ours(name)[first:], oracle(case.frame)[first:]
    size = np.abs(theirs).max() if crosses else 0.0
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * size)


def test_obv_changes_as_talib_says(case: Case) -> None:
    theirs = talib.OBV(case.frame["close"].to_numpy(np.float64), case.frame["volume"].to_numpy(np.float64))
    ours = case.ours("obv")
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-9, atol=1e-9 * np.abs(theirs).max())
