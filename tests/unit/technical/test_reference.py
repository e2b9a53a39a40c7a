"""Agreement with the reference series of Stock.Indicators: full precision, 502 daily bars.

Known conventions, each with the number of bars after which it has faded below 1e-9: ATR there leaves the first true range out,
ours (like TradingView) counts it; VWAP there runs from the first bar, which is one session of ours when all bars lie in one
day. Where the lengths are ours, the values compared are those of `analyse`. EMA and SMA of 20, unsmoothed %K and one session of
VWAP are the formulas alone.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from functions.arrays import FloatGrid
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine import indicators as formula
from functions.technical.engine.analysis import Indicators, analyse
from functions.technical.engine.recursive import ema
from functions.technical.engine.windows import sma

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "indicators" / "skender"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the reference series are not part of the repository")

Compute = Callable[["Bars"], FloatGrid]


class Bars:
    """The bars as time-first grids of one symbol."""

    def __init__(self) -> None:
        frame = pd.read_csv(FOLDER / "quotes" / "default.csv")
        self.open, self.high, self.low, self.close, self.volume = (
            frame[name].to_numpy(np.float64)[:, None] for name in CANDLE_FIELDS
        )


def reference(file: str, field: str) -> NDArray[np.float64]:
    rows = json.loads((FOLDER / "results" / f"{file}.standard.json").read_text())
    return np.array([np.nan if row[field] is None else float(row[field]) for row in rows])


def engine(bars: Bars) -> Indicators:
    """What the engine says of the bars, on a grid of hours: no indicator compared here asks for the time."""
    times = np.arange(len(bars.close), dtype=np.int64) * Timeframe.H1.milliseconds
    grids = (grid.T for grid in (bars.open, bars.high, bars.low, bars.close, bars.volume))
    return analyse(Candles(Timeframe.H1, ("QUOTES",), times, *grids)).indicators


def ours(name: str) -> Compute:
    """One of the engine's indicators, time first."""
    return lambda bars: getattr(engine(bars), name).T


def one_session_vwap(bars: Bars) -> FloatGrid:
    minutes = np.arange(len(bars.close), dtype=np.int64) * 60_000
    return formula.session_vwap(bars.high, bars.low, bars.close, bars.volume, minutes)


SERIES: list[tuple[str, str, Compute, int]] = [
    ("ema", "ema", lambda b: ema(b.close[:, 0], 20)[:, None], 19),
    ("sma", "sma", lambda b: sma(b.close, 20), 19),
    ("rsi", "rsi", ours("rsi"), 14),
    ("macd", "macd", ours("macd"), 25),
    ("macd", "signal", ours("macd_signal"), 33),
    ("macd", "histogram", ours("macd_histogram"), 33),
    ("bb", "sma", ours("bollinger_middle"), 19),
    ("bb", "upperBand", ours("bollinger_upper"), 19),
    ("bb", "lowerBand", ours("bollinger_lower"), 19),
    ("atr", "atr", ours("atr"), 250),
    ("stoch-rsi", "stochRsi", lambda b: formula.stochastic_rsi(ours("rsi")(b), k=1)[0], 27),
    ("stoch-rsi", "signal", lambda b: formula.stochastic_rsi(ours("rsi")(b), k=1)[1], 29),
    ("obv", "obv", ours("obv"), 0),
    ("vwap", "vwap", one_session_vwap, 0),
    ("adx", "pdi", ours("plus_di"), 14),
    ("adx", "mdi", ours("minus_di"), 14),
    ("adx", "adx", ours("adx"), 27),
]


@pytest.mark.parametrize(("file", "field", "compute", "first"), SERIES, ids=[f"{s[0]}-{s[1]}" for s in SERIES])
def test_agrees_with_the_reference_to_1e_9(file: str, field: str, compute: Compute, first: int) -> None:
    found, theirs = compute(Bars())[:, 0], reference(file, field)
    assert np.isfinite(found[first:]).all()
    # Histogram and stochastic cross zero: what they are made of is of the size of the price, or of 100.
    scale = {"histogram": 1.0, "macd": 1.0, "signal": 1.0}.get(field, 0.0)
    np.testing.assert_allclose(found[first:], theirs[first:], rtol=1e-9, atol=1e-9 * scale + 1e-9 * (file == "stoch-rsi"))


@pytest.mark.parametrize(("file", "field", "compute", "first"), SERIES, ids=[f"{s[0]}-{s[1]}" for s in SERIES])
def test_begins_where_the_reference_begins(file: str, field: str, compute: Compute, first: int) -> None:
    if (file, field) == ("atr", "atr"):
        first = 13  # one bar earlier than there: the first bar counts
    found = compute(Bars())[:, 0]
    assert np.isnan(found[:first]).all()
    assert np.isfinite(found[first])
