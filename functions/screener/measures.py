"""The measures of each pair's daily candles: one number a pair and measure, NaN where it is not known."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

import numpy as np

from functions.arrays import BoolArray, FloatArray
from functions.market.candles.freshness import Freshness, Stale, candles_freshness
from functions.market.candles.grid import Candles
from functions.technical.engine.analysis import analyse
from functions.technical.engine.quality import Problem
from functions.technical.engine.steps import newest_stretch


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of S pairs at the newest daily close, `[S]` each.

    Attributes:
        direction: of the daily trend, +1, -1 or 0; unknown below 50 candles.
        strength: how much of averages, swings and ADX agrees with it, 0..1.
        adx: ADX(14), 0..100.
        rsi: RSI(14), 0..100.
        atr: ATR(14) as a fraction of the close.
        volume_average: mean daily volume of 20 days, in the base coin.
        candles: how many daily candles there are, since the newest step of the price that no market makes.
    """

    direction: FloatArray
    strength: FloatArray
    adx: FloatArray
    rsi: FloatArray
    atr: FloatArray
    volume_average: FloatArray
    candles: FloatArray


def measure(candles: Candles, as_of: datetime) -> tuple[Measures, list[Freshness]]:
    """Measure the newest daily close of every pair, and judge how fresh it is.

    Where candles are late or full of holes all measures are NaN, apart from the number of candles.
    """
    freshness = candles_freshness(candles, as_of)
    if not len(candles.open_time):
        unknown = np.full(len(candles.symbols), np.nan)
        names = [field.name for field in fields(Measures) if field.name != "candles"]
        return Measures(**dict.fromkeys(names, unknown), candles=np.zeros(len(candles.symbols))), freshness
    last = analyse(candles, 1)
    values, trend = last.indicators, last.trend
    known = ~np.isnan(values.ema50[:, 0])
    present = ~np.isnan(candles.close)
    since = np.arange(len(candles.open_time))[None, :] >= newest_stretch(candles)[:, None]
    measures = Measures(
        direction=np.where(known, trend.direction[:, 0].astype(np.float64), np.nan),
        strength=np.where(known, trend.strength[:, 0], np.nan),
        adx=values.adx[:, 0],
        rsi=values.rsi[:, 0],
        atr=values.atr[:, 0] / last.close[:, 0],
        volume_average=values.volume_average[:, 0],
        candles=(present & since).sum(axis=1).astype(np.float64),
    )
    late = np.array([isinstance(verdict, Stale) for verdict in freshness], dtype=np.bool_)
    return _without(measures, late | np.isin(last.problem[:, 0], (Problem.MISSING, Problem.GAPS))), freshness


def _without(measures: Measures, doubtful: BoolArray) -> Measures:
    names = [field.name for field in fields(measures) if field.name != "candles"]
    return replace(measures, **{name: np.where(doubtful, np.nan, getattr(measures, name)) for name in names})
