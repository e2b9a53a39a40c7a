"""The momentum factor: how far the price went in a day and in a week, in the coin's own daily ranges, and on what volume."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from functions.arrays import FloatGrid
from functions.factors.rules import FactorRules
from functions.factors.value import FactorValue


@dataclass(frozen=True, slots=True)
class Moves:
    """What the price and the volume of each symbol did before each close, `[S, T]`; NaN where it is unknown.

    Attributes:
        close: price.
        day_ago, week_ago: the close 24 hours and 7 days earlier.
        daily_range: ATR(14) of the newest daily candle, in price.
        volume_ratio: volume of the last 24 hours over the daily mean of the last 7 days.
    """

    close: FloatGrid
    day_ago: FloatGrid
    week_ago: FloatGrid
    daily_range: FloatGrid
    volume_ratio: FloatGrid


def momentum_factor(moves: Moves, rules: FactorRules) -> FactorValue:
    """Return the mean of the day's and the week's move, each from -1 to 1, and how far the volume bears it out.

    `move(ago, days) = clip((close - ago) / (daily_range * sqrt(days)) / 1.5, -1, 1)`; `value = (move(day) + move(week)) / 2`;
    `confidence = clip(volume_ratio, 0.5, 1)`, the least while the volume is unknown. NaN where a price
    or the range is unknown, or nothing moves.
    Source: time-series momentum of Moskowitz, Ooi, Pedersen 2012, scaled by volatility as there.
    """
    step = np.where(moves.daily_range > 0, moves.daily_range, np.nan)
    day = np.clip((moves.close - moves.day_ago) / step / rules.full_move, -1.0, 1.0)
    week = np.clip((moves.close - moves.week_ago) / (step * sqrt(7)) / rules.full_move, -1.0, 1.0)
    value = (day + week) / 2
    ratio = np.where(np.isnan(moves.volume_ratio), rules.least_volume, moves.volume_ratio)
    return FactorValue(value=value, confidence=np.where(np.isnan(value), np.nan, np.clip(ratio, rules.least_volume, 1.0)))
