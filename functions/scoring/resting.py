"""A resting order as the score judges it: like a setup of its daily close, entered at its limit. Pure."""

from datetime import datetime

from functions.market.candles.timeframe import Timeframe
from functions.scoring.judge import FoundSetup
from functions.scoring.rules import ScoreRules
from functions.technical.dips.levels import DipLevels
from functions.technical.setups.rules import VERSION


def resting_setup(
    symbol: str, close: datetime, levels: DipLevels, range_ratio: float, as_of: datetime, until: datetime, rules: ScoreRules
) -> FoundSetup:
    """Return the setup that an order to buy is.

    Args:
        symbol: of the pair.
        close: daily close that the order stands on.
        levels: of the order.
        range_ratio: of the 15m candles at that close, over their norm of a week; NaN while it is unknown.
        as_of: now.
        until: the order is good up to there.
        rules: of the score, for what a purchase and its sale cost.
    """
    return FoundSetup(
        symbol=symbol,
        timeframe=Timeframe.D1,
        close_time=close,
        version=VERSION,
        direction=1,
        entry=levels.limit,
        stop=levels.stop,
        targets=levels.targets,
        risk_reward=float(sum(rules.setups.targets_r)) / len(rules.setups.targets_r),
        cost=resting_cost(float(levels.limit), float(levels.stop), rules),
        range_ratio=range_ratio,
        created_at=as_of,
        expires_at=until,
    )


def resting_cost(limit: float, stop: float, rules: ScoreRules) -> float:
    """Return what a purchase and its sale cost over the distance of the stop."""
    return 2 * float(rules.setups.costs.per_side) * limit / (limit - stop)
