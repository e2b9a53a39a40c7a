"""The history of a backtest of dip orders from candles without volume, with what was traded from a panel of daily figures.

The folder holds `SYMBOL.parquet` of one timeframe (columns `date`, `open`, `high`, `low`, `close`); the panel has a row for each
coin and day (`symbol`, `date`, `quote_volume` in USDT), also of coins that the folder has no candles of: they are ranked beside
the others, so that the largest of a day are the largest of that day.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from functions.arrays import FloatGrid, Milliseconds
from functions.backtest.history import MarketHistory, PairRules
from functions.backtest.sources.folder import LOT, MIN_AMOUNT, is_coin
from functions.errors import InputRejected
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.sources.folder import symbols_in, tick_of

DAY = Timeframe.D1.milliseconds


def history_of_panel(folder: Path, panel: Path, until: datetime) -> MarketHistory:
    """Read the candles of all coins of a folder, and what was traded each day from a panel.

    Raises:
        InputRejected: the files are of another form, or of different timeframes.
    """
    symbols = symbols_in(folder)
    frames = [_candles(folder / f"{symbol}.parquet") for symbol in symbols]
    step = min((int(np.diff(times).min()) for times, _ in frames if len(times) > 1), default=0)
    timeframe = next((one for one in Timeframe if one.milliseconds == step), None)
    if timeframe is None or timeframe is Timeframe.D1:
        raise InputRejected("wrong_candles", f"expected SYMBOL.parquet of 5m to 4h candles in {folder}, got them {step} ms apart")
    grids = []
    for symbol, (times, values) in zip(symbols, frames, strict=True):
        nothing = np.zeros(len(times))
        row, prices = np.zeros(len(times), dtype=np.int64), (values[0], values[1], values[2], values[3], nothing)
        grids.append(Candles.from_columns(timeframe, until, (symbol,), row, times, prices))
    finest = Candles.beside_each_other(timeframe, grids)
    pairs = [PairRules(tick_of(finest, symbol), LOT, MIN_AMOUNT, tradable=is_coin(symbol)) for symbol in symbols]
    history = MarketHistory.of(finest, pairs)
    return _with_turnover(history, panel)


def _candles(file: Path) -> tuple[Milliseconds, list[FloatGrid]]:
    frame = pd.read_parquet(file)
    missing = {"date", "open", "high", "low", "close"} - set(frame.columns)
    if missing:
        raise InputRejected("wrong_columns", f"expected date, open, high, low, close in {file.name}, {sorted(missing)} missing")
    dates = pd.to_datetime(frame["date"], utc=True).dt.tz_localize(None).dt.as_unit("ms")
    times: Milliseconds = dates.to_numpy().astype("datetime64[ms]").astype(np.int64)
    return times, [frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close")]


def _with_turnover(history: MarketHistory, panel: Path) -> MarketHistory:
    frame = pd.read_parquet(panel)
    missing = {"symbol", "date", "quote_volume"} - set(frame.columns)
    if missing:
        raise InputRejected("wrong_columns", f"expected symbol, date, quote_volume in {panel.name}, {sorted(missing)} missing")
    days = history.days.open_time
    column = (pd.to_datetime(frame["date"], utc=True).dt.as_unit("ms").astype("int64").to_numpy() // DAY) - days[0] // DAY
    others = sorted({str(name) for name in frame["symbol"]} - set(history.symbols))
    names = [*history.symbols, *(name for name in others if is_coin(name))]
    place = {name: row for row, name in enumerate(names)}
    row = np.array([place.get(name, -1) for name in frame["symbol"]])
    there = (row >= 0) & (column >= 0) & (column < len(days))
    grid = np.full((len(names), len(days)), np.nan)
    grid[row[there], column[there]] = frame["quote_volume"].to_numpy(dtype=np.float64)[there]
    grid[: len(history.coins)][~history.coins] = np.nan
    return replace(history, turnover=grid)
