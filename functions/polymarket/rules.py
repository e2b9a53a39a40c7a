"""The numbers that odds are read with, once. None was tuned."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class OddsRules:
    """Which markets are followed, when their probability is believed, and what a move is.

    Attributes:
        least_liquidity, least_volume: USD of the book and of the last 24 h, below which a new market is not followed.
        least_life: a new market that ends sooner is not followed; what is followed stays until it is resolved.
        most_markets: new ones are followed up to so many in all, the busiest first.
        widest_spread: between bid and ask up to which their middle is the probability.
        move: change of probability above which a move is told.
        window: how far back a move may have begun.
        least_stand: how long a move must have stood when no trades confirm it; a repeated call is no second read.
        least_traded: USD traded since the read before that let trades confirm a move.
        decided: at and above it, or as near to 0, a market waits for its resolution and no longer moves.
        mood_window: how old the probability is that the mood compares with, at least half of it.
        full_shift: mean change of probability that makes the mood 1.
        confidence: of the mood, at its best. Low: odds follow the price more than they lead it.
        enough_markets: for the mood's best confidence.
        life: how long a mood holds.
    """

    least_liquidity: float = 10_000.0
    least_volume: float = 1_000.0
    least_life: timedelta = timedelta(hours=24)
    most_markets: int = 60
    widest_spread: float = 0.10
    move: float = 0.10
    window: timedelta = timedelta(hours=24)
    least_stand: timedelta = timedelta(minutes=20)
    least_traded: float = 1_000.0
    decided: float = 0.98
    mood_window: timedelta = timedelta(hours=24)
    full_shift: float = 0.20
    confidence: float = 0.2
    enough_markets: int = 3
    life: timedelta = timedelta(hours=3)
