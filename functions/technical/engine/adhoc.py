"""Any indicator of pandas-ta for one symbol, on request. It is slow (milliseconds a frame) and so is no part of the scan."""

import importlib
import inspect
import sys
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from functions.errors import InputRejected
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.technical.engine.steps import since_step

COMPILER = "pandas_ta_classic.utils._njit"  # where every part of the package gets its compiler from


def _unchanged(*functions: Any, **_options: Any) -> Any:
    """Stand in for numba's `njit`, with and without brackets: leave a function as it is."""
    return functions[0] if functions and callable(functions[0]) else _unchanged


def _import_uncompiled() -> ModuleType:
    """Import pandas-ta without its compiler, as if numba were not installed.

    Compiling takes up to half a minute and holds up the scan in this process; a request asks about a thousand candles of one
    symbol, which plain Python walks in milliseconds.
    """
    compiler = ModuleType(COMPILER)
    compiler.njit = _unchanged  # type: ignore[attr-defined]
    sys.modules[COMPILER] = compiler
    with warnings.catch_warnings():
        # The package warns at import about optional parts we do not use.
        warnings.simplefilter("ignore")
        return importlib.import_module("pandas_ta_classic")


pandas_ta = _import_uncompiled()

# What an indicator may raise on candles that do not suit it, e.g. too few of them.
_UNSUITABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ZeroDivisionError, ImportError)

INPUTS = ("open_", *CANDLE_FIELDS)  # the arguments that pandas-ta's functions take candles by
# A centred line is drawn where its middle lies, so that its newest values are missing: DPO is asked for as it was known.
NO_LOOK_AHEAD = {"centered": False}


@dataclass(frozen=True, slots=True)
class AdHoc:
    """The newest values of one indicator by column name (None where undefined), or why there are none."""

    values: dict[str, float | None]
    problem: str | None = None


def known_indicators() -> tuple[str, ...]:
    """Return the names that can be asked for, in order."""
    names = {name for names in pandas_ta.Category.values() for name in names}
    return tuple(sorted(name for name in names if callable(getattr(pandas_ta, name, None))))


def frame_of(candles: Candles, row: int) -> pd.DataFrame:
    """Return one symbol's candles as a frame indexed by open time, UTC.

    Missing candles are left out, as on a chart, and so are those before a step that no market makes.
    """
    index = pd.DatetimeIndex(pd.to_datetime(candles.open_time, unit="ms", utc=True))
    columns = {name: getattr(candles, name)[row] for name in CANDLE_FIELDS}
    frame = pd.DataFrame(columns, index=index).dropna()
    return frame.iloc[since_step(frame["open"].to_numpy(), frame["close"].to_numpy()) :]


def compute(frame: pd.DataFrame, name: str) -> AdHoc:
    """Compute one indicator with its default lengths and return its newest values.

    Raises:
        InputRejected: there is no such indicator.
    """
    if name not in known_indicators():
        raise InputRejected("unknown_indicator", f"expected an indicator of pandas-ta, e.g. supertrend or adx, got {name!r}")
    function = getattr(pandas_ta, name)
    parameters = inspect.signature(function).parameters
    arguments: dict[str, Any] = {key: frame[key.rstrip("_")] for key in INPUTS if key in parameters}
    arguments |= {key: value for key, value in NO_LOOK_AHEAD.items() if key in parameters}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = function(**arguments)
    except _UNSUITABLE as error:
        return AdHoc({}, f"{name} cannot be computed on {len(frame)} candles: {error}")
    return _newest(result, name, len(frame))


def _newest(result: object, name: str, count: int) -> AdHoc:
    if isinstance(result, tuple):  # ichimoku gives its forward span as a second frame
        result = result[0]
    if isinstance(result, pd.Series):
        result = result.to_frame(name if result.name is None else str(result.name))
    if not isinstance(result, pd.DataFrame) or result.empty:
        return AdHoc({}, f"{name} has no value on {count} candles")
    last = pd.to_numeric(result.iloc[-1], errors="coerce")
    return AdHoc({str(column): float(value) if np.isfinite(value) else None for column, value in last.items()})
