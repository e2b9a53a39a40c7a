"""What a search tries: some values of each parameter, and the rules that one choice of them makes.

grid = read_grid(["hold=5|7", "targets=0.7/2/4|1/2/3"])
grid.configurations                             # four, the first {"hold": "5", "targets": "0.7/2/4"}
rules_of(BacktestRules(), {"hold": "5"})        # the shipped rules, but sold after five days
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from itertools import product

from functions.backtest.rules import BacktestRules
from functions.errors import InputRejected
from functions.factors.reading import Factor
from functions.scoring.rules import FactorWeights

Configuration = Mapping[str, str]
MOST = 5000  # configurations of one search: each more makes the best of them worth less
FOUR_HOUR_SHARE = 2  # the stop is the wider of n x ATR(1d) and 2n x ATR(4h), as the shipped one is


@dataclass(frozen=True, slots=True)
class Grid:
    """Values of each parameter, as a person writes them."""

    values: Mapping[str, tuple[str, ...]]

    @property
    def configurations(self) -> list[Configuration]:
        """Return every choice of one value of each parameter, always in the same order."""
        names = sorted(self.values)
        return [dict(zip(names, chosen, strict=True)) for chosen in product(*(self.values[name] for name in names))]

    def longest_hold(self, rules: BacktestRules) -> timedelta:
        """Return how long a trade may be held by the slowest configuration."""
        holds = [rules_of(rules, {"hold": value}).hold for value in self.values.get("hold", ())] or [rules.hold]
        return max((hold for hold in holds if hold is not None), default=timedelta(0))


def read_grid(tried: Sequence[str], rules: BacktestRules) -> Grid:
    """Read what is tried, `NAME=VALUE|VALUE` each; `SHIPPED` when there is none.

    Raises:
        InputRejected: a name is unknown or comes twice, a value is none of its kind, or there are too many configurations.
    """
    values: dict[str, tuple[str, ...]] = {}
    for text in tried:
        name, _, listed = (part.strip() for part in text.partition("="))
        if name not in PARAMETERS:
            raise InputRejected(
                "unknown_parameter", f"expected NAME=VALUE|VALUE with one of {', '.join(PARAMETERS)}, got {text!r}"
            )
        if name in values:
            raise InputRejected("wrong_parameter", f"expected each parameter once, got {name} twice")
        values[name] = tuple(dict.fromkeys(value.strip() for value in listed.split("|")))
        for value in values[name]:
            rules_of(rules, {name: value})
    grid = Grid(values or SHIPPED)
    count = len(grid.configurations)
    if not 2 <= count <= MOST:
        raise InputRejected("wrong_parameter", f"expected 2 to {MOST} configurations, got {count}")
    return grid


def rules_of(rules: BacktestRules, configuration: Configuration) -> BacktestRules:
    """Return the rules with the values of a configuration in their place.

    Raises:
        InputRejected: a value is none of its kind.
    """
    for name, value in configuration.items():
        try:
            rules = PARAMETERS[name](rules, value)
        except (ValueError, TypeError, InvalidOperation, OverflowError) as error:
            raise InputRejected("wrong_parameter", f"expected {SHAPES[name]} as a value of {name}, got {value!r}") from error
    return rules


def _weights(rules: BacktestRules, value: str) -> BacktestRules:
    weights = dict(zip((factor.value for factor in Factor), map(float, value.split("/")), strict=True))
    return replace(rules, score=replace(rules.score, weights=FactorWeights(**weights)))


def _factors(rules: BacktestRules, value: str) -> BacktestRules:
    return replace(rules, score=replace(rules.score, least_factors=int(value)))


def _confidence(rules: BacktestRules, value: str) -> BacktestRules:
    return replace(rules, score=replace(rules.score, least_confidence=float(value)))


def _stop(rules: BacktestRules, value: str) -> BacktestRules:
    days = float(value)
    if not 0 < days <= 100:
        raise ValueError(value)
    setups = replace(rules.score.setups, stop_day_atr=days, stop_four_hour_atr=FOUR_HOUR_SHARE * days)
    return replace(rules, score=replace(rules.score, setups=setups))


def _targets(rules: BacktestRules, value: str) -> BacktestRules:
    first, second, third = (Decimal(target) for target in value.split("/"))
    setups = rules.score.setups
    if not 0 < first < second < third or first + second + third < 3 * setups.least_risk_reward:
        raise ValueError(value)
    return replace(rules, score=replace(rules.score, setups=replace(setups, targets_r=(first, second, third))))


def _hold(rules: BacktestRules, value: str) -> BacktestRules:
    return replace(rules, hold=timedelta(days=float(value)))


def _regime_exit(rules: BacktestRules, value: str) -> BacktestRules:
    return replace(rules, regime_exit=_yes(value))


def _break_even(rules: BacktestRules, value: str) -> BacktestRules:
    return replace(rules, break_even=_yes(value))


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError(value)
    return value == "yes"


PARAMETERS: Mapping[str, Callable[[BacktestRules, str], BacktestRules]] = {
    "weights": _weights,
    "least_factors": _factors,
    "least_confidence": _confidence,
    "stop": _stop,
    "targets": _targets,
    "hold": _hold,
    "regime_exit": _regime_exit,
    "break_even": _break_even,
}
SHAPES: Mapping[str, str] = {
    "weights": "five weights like 40/20/20/10/10, of " + ", ".join(Factor),
    "least_factors": f"a number from 1 to {len(Factor)}",
    "least_confidence": "a number from 0 to 1",
    "stop": "a number of daily ATR above 0",
    "targets": "three rising targets in R like 0.7/2/4 whose mean is what the rules ask",
    "hold": "a number of days above 0",
    "regime_exit": "yes or no",
    "break_even": "yes or no",
}
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "weights": ("40/20/20/10/10", "20/20/20/20/20", "20/20/20/10/30"),
    "least_factors": ("2", "3"),
    "least_confidence": ("0.5", "0.65", "0.8"),
    "stop": ("2", "4"),
    "targets": ("0.7/2/4", "1/2/3", "1/3/6"),
    "hold": ("5", "7", "14"),
    "regime_exit": ("no", "yes"),
}
