"""The shares of CORE at each daily close, over whole grids. What it promises is its drawdown, not its return.

Bitcoin and the largest other coins in equal parts share what is invested: of some numbers of days, the share over which those
coins did better than Bitcoin goes to them. It is invested only while Bitcoin stands above both daily averages, and so much that
the mix as it moved lately swings by 10% a year.
"""

from dataclasses import dataclass

import numpy as np

from functions.arrays import BoolArray, BoolGrid, FloatArray, FloatGrid, filled
from functions.technical.dips.survey import most_traded

YEAR = 365
PROMISED_DRAWDOWN = 0.10  # every period that was measured stayed under it: 7.8%, 8.8%, 7.0%


@dataclass(frozen=True, slots=True)
class CoreRules:
    """What the shares follow from.

    Attributes:
        gate_symbol: the coin that stands beside the basket of all others, and whose averages open the gate.
        coins: of the basket: so many of the largest.
        turnover_days: closed days whose median turnover says which are the largest.
        looks: days over which the basket is compared.
        swing: a year's standard deviation that is aimed at, a fraction.
        short, long: days of the two estimates of the swing, whose mean counts.
        weekday: of the close at which the shares are set anew, Monday 0; also when the gate turns.
    """

    gate_symbol: str = "BTCUSDT"
    coins: int = 20
    turnover_days: int = 30
    looks: tuple[int, ...] = (10, 20, 30, 60, 90, 180)
    swing: float = 0.10
    short: int = 20
    long: int = 60
    weekday: int = 6


@dataclass(frozen=True, slots=True)
class CoreShares:
    """Target shares of equity at each close, `[T]`; what is left is cash.

    `tilt` is the share of the looks in which the basket did better, `swing` the estimated swing of the mix, NaN while unknown.
    """

    btc: FloatArray
    basket: FloatArray
    tilt: FloatArray
    swing: FloatArray


@dataclass(frozen=True, slots=True)
class CoreDays:
    """What each day says of CORE: the target shares at its close, what Bitcoin and the basket did on it, fractions, `[T]`.

    `members` are the coins of the basket from its close on, `[S, T]`.
    """

    shares: CoreShares
    btc: FloatArray
    basket: FloatArray
    members: BoolGrid


def core_of_days(
    close: FloatGrid, turnover: FloatGrid, coins: BoolArray, gate: BoolArray, btc: int, rules: CoreRules
) -> CoreDays:
    """Return what daily closes say of CORE; live, the last column alone is read.

    Args:
        close: of each coin at each daily close, `[S, T]`; where one lacks, that before it counts.
        turnover: of each day in USDT, NaN where it is not known: of the rows of `close`, and then of other coins that may be
            larger, `[S + others, T]`.
        coins: rows that may be traded, `[S]`.
        gate: it is open, `[T]`.
        btc: row of Bitcoin, which is never of the basket.
        rules: of the shares.
    """
    close, others = filled(close), turnover.copy()
    others[btc] = np.nan
    members = most_traded(others, rules.coins, rules.turnover_days)[: len(close)] & coins[:, None] & ~np.isnan(close)
    moves = np.zeros(close.shape[1])
    moves[1:] = close[btc, 1:] / close[btc, :-1] - 1
    moves, basket = np.nan_to_num(moves), basket_moves(close, members)
    return CoreDays(core_shares(moves, basket, gate, rules), moves, basket, members)


def core_shares(moves: FloatArray, basket: FloatArray, gate: BoolArray, rules: CoreRules) -> CoreShares:
    """Return the target shares; column t is made of columns 0..t alone.

    Args:
        moves: of Bitcoin each day, fractions, `[T]`.
        basket: of the basket each day, likewise.
        gate: it is open, `[T]`.
        rules: of the shares.
    """
    index = np.cumprod(1 + np.nan_to_num(basket)) / np.cumprod(1 + np.nan_to_num(moves))
    better = np.zeros(len(index))
    for days in rules.looks:
        better[days:] += index[days:] > index[:-days]
    tilt = better / len(rules.looks)
    known = np.arange(len(index)) >= max(*rules.looks, rules.long)
    swing = np.full(len(index), np.nan)
    for day in np.flatnonzero(known):
        mix = (1 - tilt[day]) * moves[: day + 1] + tilt[day] * basket[: day + 1]
        swing[day] = np.sqrt(YEAR) * np.mean([np.std(mix[-length:], ddof=1) for length in (rules.short, rules.long)])
    with np.errstate(invalid="ignore", divide="ignore"):
        invested = np.where(gate & known & (swing > 0), np.minimum(rules.swing / swing, 1.0), 0.0)
    return CoreShares(btc=invested * (1 - tilt), basket=invested * tilt, tilt=tilt, swing=swing)


def basket_moves(close: FloatGrid, largest: BoolGrid) -> FloatArray:
    """Return what each day did to equal parts of the coins that were the largest at the close before it, `[T]`; 0 without any."""
    moves = np.full(close.shape, np.nan)
    moves[:, 1:] = close[:, 1:] / close[:, :-1] - 1
    chosen = np.zeros(close.shape, dtype=np.bool_)
    chosen[:, 1:] = largest[:, :-1]
    chosen &= ~np.isnan(moves)
    counts = chosen.sum(axis=0)
    result: FloatArray = np.where(chosen, moves, 0.0).sum(axis=0) / np.maximum(counts, 1)
    return result
