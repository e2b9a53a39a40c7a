"""What candles alone say of a coin at every close of 15m: the technical factor and the momentum factor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.factors.momentum import Moves, momentum_factor
from functions.factors.rules import FactorRules
from functions.factors.technical import TimeframeTrend, technical_factor
from functions.factors.value import FactorValue
from functions.market.candles.timeframe import Timeframe
from functions.technical.closes.backlog import PATIENCE
from functions.technical.engine.analysis import Analysis
from functions.technical.engine.quality import Problem
from functions.technical.engine.week import Week
from functions.technical.setups.standing import Standing

TRENDS, MOVES = "trends", "moves"  # who says the technical factor, and who the momentum factor
READING_LIFE = Timeframe.M15.span + PATIENCE  # of what they say: until the next close is scored


@dataclass(frozen=True, slots=True)
class CandleFactors:
    """Both factors at each close, with what they were made of, `[S, T]`.

    `trends` are those of 1d, 4h, 1h and 15m, in this order.
    """

    technical: FactorValue
    momentum: FactorValue
    trends: tuple[TimeframeTrend, ...]
    moved: Moves


def candle_factors(
    analysis: Analysis, day: Standing, four_hour: Standing, hour: Standing, week: Week, rules: FactorRules
) -> CandleFactors:
    """Return what the candles say at each close of 15m.

    Args:
        analysis: of 15m, `[S, T]`.
        day: the same symbols' standing of 1d at the same closes.
        four_hour: of 4h.
        hour: of 1h.
        week: before the same closes.
        rules: of the factors.
    """
    sound = analysis.problem == Problem.NONE
    own = TimeframeTrend(np.where(sound, analysis.trend.direction, np.nan), analysis.trend.strength)
    trends = (trend(day), trend(four_hour), trend(hour), own)
    moved = Moves(
        close=np.where(sound, analysis.close, np.nan),
        day_ago=week.day_ago,
        week_ago=week.week_ago,
        daily_range=np.where(usable(day), day.atr, np.nan),
        volume_ratio=week.volume_ratio,
    )
    return CandleFactors(technical_factor(trends, rules), momentum_factor(moved, rules), trends, moved)


def trend(standing: Standing) -> TimeframeTrend:
    """Return the trend of a timeframe, `[S, T]`, as the technical factor takes it; NaN where it is unknown."""
    return TimeframeTrend(np.where(usable(standing), standing.direction, np.nan), standing.strength)


def usable(standing: Standing) -> NDArray[np.bool_]:
    """Tell where a standing is neither late nor unsound, `[S, T]`."""
    result: NDArray[np.bool_] = (standing.late == 0) & (standing.problem == Problem.NONE)
    return result
