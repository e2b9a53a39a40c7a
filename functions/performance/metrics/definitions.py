"""What each figure is: its name, its formula, what it says, and how it is written. Reports, HTTP and docs say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, isnan


class Unit(StrEnum):
    """How a figure is written."""

    PERCENT = "percent"  # a fraction, 0.05 is 5%
    RATIO = "ratio"
    R = "R"
    MONEY = "USDT"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure.

    Args:
        title: as it stands beside the figure.
        formula: what it is computed of.
        says: what it tells a trader.
        unit: how it is written.
    """

    title: str
    formula: str
    says: str
    unit: Unit


DEFINITIONS: Mapping[str, Definition] = {
    "total_return": Definition(
        "Total return", "equity at the end / equity at the start - 1", "What the whole span did to the money.", Unit.PERCENT
    ),
    "cagr": Definition(
        "CAGR", "(1 + total return) ^ (365 / days) - 1", "The steady yearly growth that makes the same.", Unit.PERCENT
    ),
    "volatility": Definition(
        "Volatility a year", "standard deviation of daily returns (n - 1) x √365", "How much it moves.", Unit.PERCENT
    ),
    "sharpe": Definition(
        "Sharpe",
        "mean daily return / standard deviation (n - 1) x √365",
        "Return for what it moved; no interest is taken off.",
        Unit.RATIO,
    ),
    "sortino": Definition(
        "Sortino",
        "mean daily return x 365 / (√ mean of squared losses, gains as 0, x √365)",
        "As Sharpe, but only losses count as risk.",
        Unit.RATIO,
    ),
    "max_drawdown": Definition(
        "Max drawdown", "largest (high so far - equity) / high so far", "The deepest fall from a high, daily.", Unit.PERCENT
    ),
    "calmar": Definition("Calmar", "CAGR / max drawdown", "Yearly growth for the deepest fall.", Unit.RATIO),
    "trades": Definition("Closed trades", "trades that are over", "How much the trade figures stand on.", Unit.COUNT),
    "win_rate": Definition(
        "Win rate", "trades with profit > 0 after costs / closed trades", "How often it wins, not how much.", Unit.PERCENT
    ),
    "profit_factor": Definition(
        "Profit factor", "sum of gains / sum of losses, USDT after costs", "What comes in for 1 USDT that is lost.", Unit.RATIO
    ),
    "profit_factor_r": Definition(
        "Profit factor in R", "sum of gains / sum of losses, in R after costs", "The same, whatever the size was.", Unit.RATIO
    ),
    "expectancy_r": Definition(
        "Expectancy in R", "mean of profit / risk at the entry", "What a trade earns for what it risks.", Unit.R
    ),
    "expectancy": Definition("Expectancy", "mean profit of a trade after costs", "What a trade earns.", Unit.MONEY),
    "exposure": Definition(
        "Time in the market", "time with an open trade / all time", "How often money is at risk.", Unit.PERCENT
    ),
    "turnover": Definition(
        "Turnover a year", "sum of all fills / mean equity x 365 / days", "How often the money is traded.", Unit.RATIO
    ),
    "trades_a_day": Definition("Trades a day", "closed trades / days", "How much there is to do.", Unit.RATIO),
}


def write(name: str, value: float | None) -> str:
    """Return a figure as it is written, `–` for one that does not exist and `∞` for a gain without any loss."""
    if value is None or isnan(value):
        return "–"
    if not isfinite(value):
        return "∞" if value > 0 else "-∞"
    match DEFINITIONS[name].unit:
        case Unit.PERCENT:
            return f"{100 * value:.1f}%"
        case Unit.R:
            return f"{value:+.3f} R"
        case Unit.MONEY:
            return f"{value:+.2f} USDT"
        case Unit.COUNT:
            return f"{value:.0f}"
        case Unit.RATIO:
            return f"{value:.2f}"
