"""Candles from a folder of parquet files, for answers and backtests without a database.

A file is `SYMBOL_TIMEFRAME.parquet`, or `SYMBOL.parquet` for 5m candles, anywhere under the folder, with the columns
`date` (open time, UTC), `open`, `high`, `low`, `close`, `volume`. Longer timeframes come from their own file where there is
one, else from the longest shorter one by joining.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from functions.errors import InputRejected, NotFound
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.resample import resample


def symbols_in(folder: Path) -> tuple[str, ...]:
    """Return the symbols that have a file, in order."""
    return tuple(sorted({file.stem.partition("_")[0] for file in folder.rglob("*.parquet")}))


def folder_candles(
    folder: Path, symbols: Sequence[str], timeframe: Timeframe, as_of: datetime, earlier: Path | None = None
) -> Candles:
    """Read the candles of some symbols that are closed at `as_of`, as a grid; a symbol without any is a row of NaN.

    Args:
        folder: of the files.
        symbols: the grid's rows.
        timeframe: of the candles.
        as_of: candles that close later are left out.
        earlier: a folder that gives the candles this one lacks, e.g. daily ones from before its first day.

    Raises:
        NotFound: no symbol has a file that gives this timeframe.
        InputRejected: two files give the same candles, a file has other columns, or candles off their timeframe's grid.
    """
    grids = []
    there = False
    for symbol in symbols:  # one after the other: the files of a backtest are larger than what is made of them
        frame = _whole(folder, earlier, symbol, timeframe, as_of)
        there = there or frame is not None
        rows = pd.DataFrame(columns=["time", *CANDLE_FIELDS], dtype="float64") if frame is None else frame
        grids.append(_grid(timeframe, as_of, symbol, rows))
    if not there:
        raise NotFound("no_candles", f"expected parquet files that give {timeframe} candles of {', '.join(symbols)} in {folder}")
    return Candles.beside_each_other(timeframe, grids)


def base_timeframe(folder: Path, symbols: Sequence[str]) -> Timeframe | None:
    """Return the shortest timeframe that the files of some symbols give; None without any file."""
    names = {file.name for file in folder.rglob("*.parquet")}
    return next(
        (timeframe for timeframe in Timeframe for symbol in symbols if names.intersection(_names(symbol, timeframe))), None
    )


def tick_of(candles: Candles, symbol: str) -> Decimal:
    """Return the price step that a symbol's closes show: as many decimals as the longest of them has."""
    closes = candles.close[candles.symbols.index(symbol)]
    exponents = (Decimal(repr(float(close))).normalize().as_tuple().exponent for close in closes[~np.isnan(closes)])
    decimals = max((-int(exponent) for exponent in exponents), default=0)
    return Decimal(1).scaleb(-max(decimals, 0))


def _whole(folder: Path, earlier: Path | None, symbol: str, timeframe: Timeframe, as_of: datetime) -> pd.DataFrame | None:
    """Return one symbol's candles of both folders; the first one's where both have them."""
    frames = [_frame(place, symbol, timeframe, as_of) for place in (folder, earlier) if place is not None]
    there = [frame for frame in frames if frame is not None]
    return pd.concat(there, ignore_index=True).drop_duplicates("time") if there else None


def _frame(folder: Path, symbol: str, timeframe: Timeframe, as_of: datetime) -> pd.DataFrame | None:
    """Return one symbol's candles as rows of milliseconds and values, from the longest timeframe that gives them."""
    shorter = [candidate for candidate in Timeframe if candidate.milliseconds <= timeframe.milliseconds]
    for source in reversed(shorter):
        files = sorted(file for name in _names(symbol, source) for file in folder.rglob(name))
        if len(files) > 1:
            both = " and ".join(str(file.relative_to(folder)) for file in files[:2])
            raise InputRejected("ambiguous_candles", f"expected one file of {symbol} {source} in {folder}, got {both}")
        if files:
            frame = _read(files[0])
            return frame if source is timeframe else _joined(frame, symbol, source, timeframe, as_of)
    return None


def _names(symbol: str, timeframe: Timeframe) -> list[str]:
    return [f"{symbol}_{timeframe}.parquet", *([f"{symbol}.parquet"] if timeframe is Timeframe.M5 else [])]


def _read(file: Path) -> pd.DataFrame:
    frame = pd.read_parquet(file)
    missing = {"date", *CANDLE_FIELDS} - set(frame.columns)
    if missing:
        raise InputRejected(
            "wrong_columns", f"expected date, {', '.join(CANDLE_FIELDS)} in {file.name}, {sorted(missing)} missing"
        )
    times = pd.to_datetime(frame["date"], utc=True).dt.as_unit("ms").astype("int64")
    return pd.DataFrame({"time": times, **{name: frame[name].astype("float64") for name in CANDLE_FIELDS}})


def _joined(frame: pd.DataFrame, symbol: str, source: Timeframe, timeframe: Timeframe, as_of: datetime) -> pd.DataFrame:
    grid = resample(_grid(source, as_of, symbol, frame), timeframe)
    values = {name: getattr(grid, name)[0] for name in CANDLE_FIELDS}
    return pd.DataFrame({"time": grid.open_time, **values}).dropna(subset=["close"])


def _grid(timeframe: Timeframe, as_of: datetime, symbol: str, frame: pd.DataFrame) -> Candles:
    opens, highs, lows, closes, volumes = (frame[name].to_numpy(dtype=np.float64) for name in CANDLE_FIELDS)
    times = frame["time"].to_numpy(dtype=np.int64)
    try:
        row = np.zeros(len(times), dtype=np.int64)
        return Candles.from_columns(timeframe, as_of, (symbol,), row, times, (opens, highs, lows, closes, volumes))
    except ValueError as error:
        raise InputRejected("wrong_candles", str(error)) from error
