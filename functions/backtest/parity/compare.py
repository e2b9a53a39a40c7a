"""What differs between the desk's trades and the backtest's: one difference a trade, the first in the order of its life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import fmean

from functions.backtest.parity.trades import ComparedTrade, TradeKey
from functions.paper.settling.position import Fill


class Aspect(StrEnum):
    """In what two sides differ, in the order of a trade's life."""

    MISSING = "missing"  # the desk did not open it
    EXTRA = "extra"  # the backtest does not open it
    LEVELS = "levels"
    ENTRY = "entry"
    SIZE = "size"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two trades may lie apart and still be the same.

    Args:
        price: of a fill, a fraction: the desk pays the latest price or the book's side, the backtest the next candle's open.
        quantity: a fraction: a few USDT more or less of equity are no other trade.
        moment: of a fill: live a stop is booked when it is seen, in a backtest when its candle closes.
    """

    price: Decimal = Decimal("0.002")
    quantity: Decimal = Decimal("0.01")
    moment: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Difference:
    """A trade that is not the same on both sides; None on the side that lacks it."""

    key: TradeKey
    aspect: Aspect
    paper: ComparedTrade | None
    again: ComparedTrade | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every trade of either side.

    Args:
        matched: those that are the same on both.
        differences: of the others, by key.
        entry_gap: mean distance of the entries that both sides have, a fraction of the price; None without any.
    """

    matched: frozenset[TradeKey]
    differences: tuple[Difference, ...]
    entry_gap: float | None

    @property
    def trades(self) -> int:
        """Return how many trades there are on either side."""
        return len(self.matched) + len(self.differences)

    def aspect_of(self, key: TradeKey) -> Aspect | None:
        """Return in what a trade differs; None for one that is the same on both sides, or on neither."""
        return next((difference.aspect for difference in self.differences if difference.key == key), None)

    @property
    def share(self) -> float | None:
        """Return the share of trades that match, 0..1: the one number; None without trades."""
        return len(self.matched) / self.trades if self.trades else None


def compare(paper: Sequence[ComparedTrade], backtest: Sequence[ComparedTrade], tolerance: Tolerance | None = None) -> Comparison:
    """Compare what the desk did with what the backtest makes of the same window."""
    limits = tolerance or Tolerance()
    ours, theirs = ({trade.key: trade for trade in trades} for trades in (paper, backtest))
    matched, differences = set(), []
    for key in sorted(ours.keys() | theirs.keys()):
        aspect = _aspect(ours.get(key), theirs.get(key), limits)
        if aspect is None:
            matched.add(key)
        else:
            differences.append(Difference(key, aspect, ours.get(key), theirs.get(key)))
    gaps = [abs(float(ours[key].entry.price / theirs[key].entry.price) - 1.0) for key in sorted(ours.keys() & theirs.keys())]
    return Comparison(frozenset(matched), tuple(differences), fmean(gaps) if gaps else None)


def _aspect(paper: ComparedTrade | None, backtest: ComparedTrade | None, limits: Tolerance) -> Aspect | None:
    if paper is None or backtest is None:
        return Aspect.MISSING if paper is None else Aspect.EXTRA
    if (paper.stop, paper.targets) != (backtest.stop, backtest.targets):
        return Aspect.LEVELS
    if not _fills_alike(paper.entry, backtest.entry, limits):
        return Aspect.ENTRY
    if not _is_near(paper.entry.quantity, backtest.entry.quantity, limits.quantity):
        return Aspect.SIZE
    alike = len(paper.exits) == len(backtest.exits) and all(
        _fills_alike(*fills, limits) for fills in zip(paper.exits, backtest.exits, strict=True)
    )
    return None if alike else Aspect.EXIT


def _fills_alike(paper: Fill, backtest: Fill, limits: Tolerance) -> bool:
    return (
        paper.reason is backtest.reason
        and abs(paper.at - backtest.at) <= limits.moment
        and _is_near(paper.price, backtest.price, limits.price)
    )


def _is_near(paper: Decimal, backtest: Decimal, limit: Decimal) -> bool:
    """Tell whether a number of the desk lies within a fraction of that of the backtest."""
    return abs(paper - backtest) <= limit * backtest
