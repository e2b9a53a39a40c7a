"""The weights of the factors as a person writes them: technical=40, sentiment=20."""

from math import isfinite

from functions.factors.reading import Factor
from functions.settings.sentences import shown

_FACTORS = {factor.value for factor in Factor}


def read_weights(written: str) -> dict[str, float]:
    """Return the weight of each factor by its name; a factor that is not named has none.

    Raises:
        ValueError: a part is no NAME=NUMBER, a name is unknown or comes twice, a weight is negative or no number, or all are 0.
    """
    weights: dict[str, float] = {}
    for part in written.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in _FACTORS:
            raise ValueError(f"expected NAME=NUMBER with one of {', '.join(Factor)}, got {shown(part.strip())}")
        if name in weights:
            raise ValueError(f"expected each factor once, got {name} twice")
        weights[name] = _weight(name, number)
    if not any(weights.values()):
        raise ValueError("expected at least one weight above 0, got none")
    return {factor.value: weights.get(factor.value, 0.0) for factor in Factor}


def _weight(name: str, number: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not (isfinite(weight) and 0 <= weight <= 1_000_000):
        raise ValueError(f"expected {name}=NUMBER with a number from 0 to 1000000, got {shown(number)}")
    return weight
