"""Random entries that differ from an idea in the coin alone.

They are said at the same moment, let through by the same gate, and have the same exits, measured in the coin's own range. What an
idea earns beside them is its skill; the rest is the market's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.outcomes.results import Floats, Ideas, Integers

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Field:
    """The coins as they stood at each moment, `[S, T]`: what a random entry is drawn from.

    Args:
        price: of the market; NaN where it is not known.
        range: ATR of the timeframe that stops are measured in, in price.
        long: the gate and all that goes with it let a long through.
        short: the same for a short.
    """

    price: Floats
    range: Floats
    long: Flags
    short: Flags


@dataclass(frozen=True, slots=True)
class Drawn:
    """Random entries, and for each the number of the idea it stands beside."""

    ideas: Ideas
    beside: Integers


@dataclass(frozen=True, slots=True)
class Beside:
    """What the random entries beside each idea came to, `[N]`; NaN where none is known.

    Args:
        count: entries whose result is known.
        lacking: entries whose result is not.
        r: mean of what they earned, in R.
        won: share of them that earned anything.
    """

    count: Integers
    lacking: Integers
    r: Floats
    won: Floats

    @classmethod
    def of(cls, beside: Integers, r: Floats, ideas: int) -> "Beside":
        """Return it from the results of entries, each beside an idea of that number."""
        known = np.isfinite(r)
        number, earned = beside[known], r[known]
        count = np.bincount(number, minlength=ideas)
        there = np.where(count > 0, count, np.nan)
        return cls(
            count=count,
            lacking=np.bincount(beside[~known], minlength=ideas),
            r=np.bincount(number, earned, minlength=ideas) / there,
            won=np.bincount(number, (earned > 0).astype(np.float64), minlength=ideas) / there,
        )


def draw(ideas: Ideas, moments: Integers, field: Field, *, seed: int, each: int, numbers: Integers | None = None) -> Drawn:
    """Draw `each` random entries beside every idea, of coins other than its own; none where no other coin was let through.

    The draw of an idea depends on the seed, its moment, its pair and on who was let through then: it is the same in any company
    and at any look. The rows of the field are in the order of the coins' names.

    Args:
        ideas: to stand beside.
        moments: `[N]`, column of the field at which each was said.
        field: of the coins.
        seed: of the draws.
        each: entries an idea; a coin may be drawn twice when fewer coins were let through.
        numbers: `[S]`, of the coins, for fields of other coins each time: a draw begins from it; their rows by default.
    """
    beside: list[int] = []
    rows: list[int] = []
    for number, (row, moment) in enumerate(zip(ideas.row.tolist(), moments.tolist(), strict=True)):
        allowed = (field.long if ideas.sign[number] > 0 else field.short)[:, moment]
        known = np.isfinite(field.price[:, moment]) & (field.range[:, moment] > 0)
        others = np.flatnonzero(allowed & known)
        others = others[others != row]
        if len(others) and field.range[row, moment] > 0:
            random = np.random.default_rng([seed, int(ideas.said_at[number]), row if numbers is None else int(numbers[row])])
            rows += random.choice(others, each, replace=len(others) < each).tolist()
            beside += [number] * each
    return _with_exits_of(ideas, moments, field, np.array(rows, dtype=np.int64), np.array(beside, dtype=np.int64))


def _with_exits_of(ideas: Ideas, moments: Integers, field: Field, row: Integers, beside: Integers) -> Drawn:
    """Lay the exits of each idea around the price of the coin drawn beside it, in units of that coin's range."""
    moment, own = moments[beside], ideas.row[beside]
    price = field.price[row, moment]
    scale = field.range[row, moment] / field.range[own, moment]
    stop = price + (ideas.stop - ideas.price)[beside] * scale
    targets = price[:, None] + (ideas.targets - ideas.price[:, None])[beside] * scale[:, None]
    drawn = Ideas(row=row, sign=ideas.sign[beside], price=price, stop=stop, targets=targets, said_at=ideas.said_at[beside])
    return Drawn(drawn, beside)
