"""Ideas as they were said: a setup, what scoring made of it, and what its outcome is split by later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from functions.market.candles.gaps import to_ms
from functions.outcomes.results import Ideas
from functions.paper.settling.touch import MOST_TARGETS


@dataclass(frozen=True, slots=True)
class SaidIdea:
    """A setup that was judged.

    Args:
        symbol: of the pair.
        timeframe: of the candle it stands on.
        close_time: of that candle; what the market did from then on counts, whenever it was told.
        version: of the setup's rules.
        direction: +1 long, -1 short.
        entry: the price when it was said.
        stop: on the losing side of it.
        targets: nearest first.
        signal_id: None for a rejection.
        code: a rejection's first reason; None for a signal.
        confidence: 0..1.
        agreeing: the factors that agreed.
    """

    symbol: str
    timeframe: str
    close_time: datetime
    version: int
    direction: int
    entry: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]
    signal_id: int | None
    code: str | None
    confidence: float
    agreeing: tuple[str, ...]


def laid_out(ideas: Sequence[SaidIdea], rows: Mapping[str, int]) -> Ideas:
    """Return ideas as arrays; `rows` are those of their pairs in the paths."""
    targets = np.full((len(ideas), MOST_TARGETS), np.nan)
    for number, idea in enumerate(ideas):
        targets[number, : len(idea.targets)] = [float(target) for target in idea.targets]
    return Ideas(
        row=np.array([rows[idea.symbol] for idea in ideas], dtype=np.int64),
        sign=np.array([idea.direction for idea in ideas], dtype=np.int64),
        price=np.array([float(idea.entry) for idea in ideas]),
        stop=np.array([float(idea.stop) for idea in ideas]),
        targets=targets,
        said_at=np.array([to_ms(idea.close_time) for idea in ideas], dtype=np.int64),
    )
