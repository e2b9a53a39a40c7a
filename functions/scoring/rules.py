"""Every number of the score, once. None was tuned: the plan's, or the rule study's."""

from dataclasses import astuple, dataclass, field
from math import isfinite

from functions.factors.reading import Factor
from functions.technical.setups.rules import SetupRules

VERSION = 1  # of the score; raise it when the same readings would give another one


@dataclass(frozen=True, slots=True)
class FactorWeights:
    """How much each factor counts, in any unit: only their shares matter.

    Raises:
        ValueError: a weight is negative or no number, or all are zero.
    """

    technical: float = 40.0
    sentiment: float = 20.0
    onchain: float = 20.0
    context: float = 10.0
    momentum: float = 10.0

    def __post_init__(self) -> None:
        weights = astuple(self)
        if not all(isfinite(weight) and weight >= 0 for weight in weights) or not any(weights):
            raise ValueError(f"expected weights of 0 or more, one of them above 0, got {weights}")

    def share(self, factor: Factor) -> float:
        """Return a factor's share of all weights, 0..1."""
        weight: float = getattr(self, factor.value)
        total: float = sum(astuple(self))
        return weight / total


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """What a score is made of and what makes it a signal.

    Attributes:
        weights: of the factors.
        market_wide: part of its confidence that a reading of the whole market keeps for a coin that has none of its own.
        least_lean: a value nearer to 0 agrees with no direction.
        full_agreement: share of all weights that has to agree for a confidence of 1: as much as candles and Fear & Greed hold.
        least_factors: that have to agree with a direction.
        least_publishers: independent ones that make text one of them.
        least_confidence: 0..1, of a signal.
        cooldown_minutes: between two signals of a pair.
        range_limit: times its usual ATR at which a coin is too wild.
        contradiction: text and trends that lean so far to opposite sides contradict each other.
        setups: stop, targets and costs of a setup, and the limits of those.

    Raises:
        ValueError: a number is outside its range; the message names it.
    """

    weights: FactorWeights = field(default_factory=FactorWeights)
    market_wide: float = 0.5
    least_lean: float = 0.1
    full_agreement: float = 0.6
    least_factors: int = 3
    least_publishers: int = 3
    least_confidence: float = 0.65
    cooldown_minutes: float = 240.0
    range_limit: float = 3.0
    contradiction: float = 0.3
    setups: SetupRules = field(default_factory=SetupRules)

    def __post_init__(self) -> None:
        ranges = {
            "market_wide": (0, 1),
            "least_lean": (0, 1),
            "full_agreement": (0.01, 1),
            "least_factors": (1, len(Factor)),
            "least_publishers": (1, 1000),
            "least_confidence": (0, 1),
            "cooldown_minutes": (0, 7 * 24 * 60),
            "range_limit": (1, 100),
            "contradiction": (0, 1),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"expected {name} between {low} and {high}, got {getattr(self, name)}")
