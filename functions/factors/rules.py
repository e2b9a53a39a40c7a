"""The numbers that the computed factors follow from, once. None was tuned."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactorRules:
    """What the technical, the momentum and the context factor are made of.

    Attributes:
        trend_shares: of the trends of 1d, 4h, 1h and 15m, together 1: what moves slowly counts more, as in the rule study.
        full_move: daily ranges that make a move count in full.
        least_volume: part of its usual volume at and below which a move is believed least, and how much it is then.
        fear_greed_confidence: low, for at its best Fear & Greed took 6% of the study's false signals away.

    Raises:
        ValueError: the shares are negative or not 1 together, or another number is not above 0 or not at most its limit.
    """

    trend_shares: tuple[float, float, float, float] = (0.4, 0.3, 0.2, 0.1)
    full_move: float = 1.5
    least_volume: float = 0.5
    fear_greed_confidence: float = 0.5

    def __post_init__(self) -> None:
        if min(self.trend_shares) < 0 or abs(sum(self.trend_shares) - 1.0) > 1e-9:
            raise ValueError(f"expected trend_shares of 0 or more that are 1 together, got {self.trend_shares}")
        for name, limit in {"full_move": 100.0, "least_volume": 1.0, "fear_greed_confidence": 1.0}.items():
            if not 0 < getattr(self, name) <= limit:
                raise ValueError(f"expected {name} above 0 and at most {limit:g}, got {getattr(self, name)}")
