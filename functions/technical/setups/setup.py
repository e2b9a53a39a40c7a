"""What the technical engine finds: an entry whose data are sound, with the plan of its trade.

Whether it becomes a signal is the score's to say: under a closed gate, or against the coin's trend, it is a setup all the same.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason
from functions.technical.engine.quality import Problem
from functions.technical.engine.trend import Signs
from functions.technical.setups.signal import Direction, Plan
from functions.technical.setups.verdict import DecidedCloses, close_moment


@dataclass(frozen=True, slots=True)
class Setup:
    """One entry at one close and how it would be traded.

    Attributes:
        cost: of the round trip over the stop distance.
        range_ratio: range of the last candles over its norm; None while it is unknown.
        reasons: what the candles say for and against it, the weightiest first.
        created_at, expires_at: market time.
    """

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: Direction
    plan: Plan
    cost: float
    range_ratio: float | None
    reasons: tuple[Reason, ...]
    created_at: datetime
    expires_at: datetime


def setup_directions(decided: DecidedCloses) -> Signs:
    """Return the direction of the setup at each close, `[S, T]`: +1, -1, or 0 where there is none.

    It is the one that the entries of the close point to; where they point both ways, the gate's. There is none where the
    candles, the daily or the 4h state are unsound or late, or the stop distance leaves no positive price.
    """
    analysis, decisions = decided.analysis, decided.decisions
    both = np.where(analysis.entries.any(decisions.allowed), decisions.allowed, 0)
    side = np.where(analysis.entries.side != 0, analysis.entries.side, both)
    sound: NDArray[np.bool_] = analysis.problem == Problem.NONE
    for standing in (decided.day, decided.four_hour):
        sound = sound & (standing.late == 0) & (standing.problem == Problem.NONE)
    furthest = np.where(side > 0, decisions.distance, decisions.distance * float(decided.rules.targets_r[-1]))
    return np.where(sound & (decisions.distance > 0) & (furthest < 1.0), side, 0).astype(np.int8)


def setup_of(
    decided: DecidedCloses, symbol: int, column: int, direction: int, plan: Plan, range_ratio: float, as_of: datetime
) -> Setup:
    """Return the setup of one cell.

    Args:
        decided: of an entry timeframe.
        symbol: row of the cell.
        column: of the cell.
        direction: of the setup there, +1 or -1.
        plan: of its trade.
        range_ratio: there; NaN while it is unknown.
        as_of: market time of the scan.
    """
    cell, analysis = (symbol, column), decided.analysis
    closed = close_moment(analysis, column)
    return Setup(
        symbol=analysis.symbols[symbol],
        timeframe=analysis.timeframe,
        close_time=closed,
        direction=Direction.of(direction),
        plan=plan,
        cost=float(decided.decisions.cost[cell]),
        range_ratio=range_ratio if np.isfinite(range_ratio) else None,
        reasons=tuple(decided.reasons_for(cell, direction)),
        created_at=as_of,
        expires_at=closed + decided.rules.life_candles * analysis.timeframe.span,
    )
