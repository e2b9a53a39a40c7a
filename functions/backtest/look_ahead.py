"""Does a strategy look ahead? What it says of a moment must not change when the candles after it are taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from functions.backtest.engine.setups import FoundSetups
from functions.backtest.history import MarketHistory
from functions.market.candles.gaps import from_ms, to_ms

Strategy = Callable[[MarketHistory], FoundSetups]


@dataclass(frozen=True, slots=True)
class LookAhead:
    """What a strategy said otherwise, or not at all, when it did not know what came after `known_at`.

    `said_at` is the first close of `symbol` at which it did.
    """

    known_at: datetime
    symbol: str
    said_at: datetime


def look_ahead(strategy: Strategy, history: MarketHistory, moments: Sequence[datetime]) -> list[LookAhead]:
    """Return where a strategy looked ahead: the first difference for each moment that the history is cut at, if there is one."""
    whole = strategy(history)
    found = []
    for moment in moments:
        before, now = _said(strategy(history.known_at(moment))), _said(whole, to_ms(moment))
        differences = sorted(before.symmetric_difference(now))
        if differences:
            said_at, row = differences[0][:2]
            found.append(LookAhead(moment, history.symbols[row], from_ms(said_at)))
    return found


def _said(found: FoundSetups, until: int | None = None) -> set[tuple[int, int, bool, float, float, float]]:
    """Return what was said up to a moment, to the last bit."""
    kept = np.ones(len(found), dtype=np.bool_) if until is None else found.said_at <= until
    columns = (found.said_at, found.row, found.hourly, found.setups.direction[:, 0], found.close, found.distance)
    return set(zip(*(column[kept].tolist() for column in columns), strict=True))
