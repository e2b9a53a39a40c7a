"""What the odds' changes say of prices, as one number: context beside the other factors, never a signal by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from functions.factors.reading import MARKET, Factor, FactorReading
from functions.polymarket.rules import OddsRules

NAME = "polymarket"


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one market's probability went.

    Args:
        symbol: the pair it is about, or MARKET.
        lean: +1 when a rising probability is good for the price, -1 when it is bad.
        change: of the probability.
        volume_24h: USD.
    """

    symbol: str
    lean: int
    change: float
    volume_24h: float


def moods(shifts: Iterable[Shift], as_of: datetime, rules: OddsRules) -> list[FactorReading]:
    """Return a reading for each pair that markets with a lean are about, and one of all of them for the market.

    `value = sum(w * lean * change) / sum(w) / full_shift` within -1..1 with `w = sqrt(24 h volume)`, so that one busy market does
    not speak for all. Fewer markets than enough lower the confidence in proportion. Source: own.
    """
    by_symbol: Mapping[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        if shift.lean:
            by_symbol[MARKET].append(shift)
            if shift.symbol != MARKET:
                by_symbol[shift.symbol].append(shift)
    return [_reading(symbol, of_it, as_of, rules) for symbol, of_it in sorted(by_symbol.items())]


def _reading(symbol: str, shifts: list[Shift], as_of: datetime, rules: OddsRules) -> FactorReading:
    weights = [sqrt(max(shift.volume_24h, 1.0)) for shift in shifts]
    mean = sum(w * s.lean * s.change for w, s in zip(weights, shifts, strict=True)) / sum(weights)
    return FactorReading(
        symbol=symbol,
        factor=Factor.CONTEXT,
        source=NAME,
        value=max(-1.0, min(1.0, mean / rules.full_shift)),
        confidence=rules.confidence * min(1.0, len(shifts) / rules.enough_markets),
        as_of=as_of,
        stale_at=as_of + rules.life,
        evidence={"markets": len(shifts), "mean_change": round(mean, 4), "by": "Polymarket"},
    )
