"""How busy whales were on a day, beside the days before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from functions.whales.flow import Flow
from functions.whales.rules import WhaleRules


@dataclass(frozen=True, slots=True)
class Activity:
    """How busy whales were in a coin within 24 hours.

    Args:
        moved_usd: all that moved.
        score: 0 to 100: the share of the earlier days on which less moved, a tie counts half; None with too few of them.
        days: how many earlier days it is compared with.
    """

    coin: str
    moved_usd: Decimal
    transactions: int
    score: float | None
    days: int


def activities(hourly: Sequence[Flow], end: datetime, rules: WhaleRules) -> list[Activity]:
    """Return the activity of each coin in the 24 hours before `end`, the busiest first.

    Earlier days are counted back from `end` in stretches of 24 hours; one on which no coin moved was not watched, and is no day.
    """
    day = timedelta(days=1)
    moved: dict[tuple[str, int], Decimal] = {}
    counts: dict[str, int] = {}
    watched: set[int] = set()
    for flow in hourly:
        age = (end - flow.since - timedelta(microseconds=1)) // day
        if not 0 <= age <= rules.activity_days:
            continue
        watched.add(age)
        moved[flow.coin, age] = moved.get((flow.coin, age), Decimal(0)) + flow.moved
        if age == 0:
            counts[flow.coin] = counts.get(flow.coin, 0) + flow.transactions
    before = sorted(watched - {0})
    found = []
    for coin, count in counts.items():
        today = moved[coin, 0]
        earlier = [moved.get((coin, age), Decimal(0)) for age in before]
        score = _rank(today, earlier) if len(earlier) >= rules.least_activity_days else None
        found.append(Activity(coin, today, count, score, len(earlier)))
    return sorted(found, key=lambda one: -one.moved_usd)


def _rank(value: Decimal, others: Sequence[Decimal]) -> float:
    less, same = sum(other < value for other in others), sum(other == value for other in others)
    return 100 * (less + same / 2) / len(others)
