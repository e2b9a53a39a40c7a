"""How posts about each coin sound, from LunarCrush. Needs the key of a paid plan.

Source: https://lunarcrush.com/developers/api/endpoints, `GET /coins/list/v1`: all coins, up to an hour old. `sentiment` is the
share of good posts, 0..100; symbols are not unique, so of two coins of one symbol the larger one is meant.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.errors import Broken
from functions.factors.reading import Factor, FactorReading
from functions.outgoing import Source, get_json
from functions.outgoing.run import SourceAnswer
from functions.pairs import QUOTE
from functions.sentiment.crowd import leans
from functions.sentiment.figures import figure

NAME = "lunarcrush"
LIFE = timedelta(hours=7)
CONFIDENCE = 0.2  # at most: nothing published says how much it foretells, so it has to earn more
HALF_HEARD = 100.0  # posts of a day that make half of it
_MOST = 1000
_SHOWN = ("galaxy_score", "alt_rank", "interactions_24h", "social_dominance")


def read(source: Source, coins: Collection[str]) -> SourceAnswer:
    """Return what is said of the coins that trade.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or its answer has no sentiment of any coin.
    """
    return answer_of(get_json(source, "/coins/list/v1", {"sort": "market_cap_rank", "limit": _MOST}), coins)


def answer_of(answer: Any, coins: Collection[str]) -> SourceAnswer:
    """Read an answer; a row that cannot be read is left out.

    Raises:
        Broken: it is no list of coins with the moment it was made at, or says nothing of any coin.
    """
    try:
        rows, at = answer["data"], datetime.fromtimestamp(float(answer["config"]["generated"]), UTC)
        stale_at = at + LIFE
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Broken("source_unreadable", f"expected a list of coins, got {error!r}") from error
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise Broken("source_unreadable", f"expected a list of coins, got {str(rows)[:80]!r}")
    readable = [row for row in rows if isinstance(row, Mapping) and _share(row) is not None]
    largest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(readable, key=_rank, reverse=True):
        largest[str(row.get("symbol")).upper()] = row
    if not largest:
        raise Broken("source_unreadable", f"expected coins with a sentiment of 0 to 100, got {len(rows)} rows without")
    leaning = leans({coin: share for coin, row in largest.items() if (share := _share(row)) is not None})
    readings = [_reading(coin, row, leaning[coin], at, stale_at) for coin, row in largest.items() if coin in coins]
    return SourceAnswer(readings, left_out=len(rows) - len(readable))


def _reading(coin: str, row: Mapping[str, Any], lean: float, at: datetime, stale_at: datetime) -> FactorReading:
    posts = figure(row.get("social_volume_24h")) or 0.0
    numbers = {name: number for name in _SHOWN if (number := figure(row.get(name))) is not None}
    return FactorReading(
        symbol=f"{coin}{QUOTE}",
        factor=Factor.SENTIMENT,
        source=NAME,
        value=lean,
        confidence=CONFIDENCE * posts / (posts + HALF_HEARD),
        as_of=at,
        stale_at=stale_at,
        evidence={"value": _share(row), "posts_24h": posts, **numbers, "by": "LunarCrush"},
    )


def _share(row: Mapping[str, Any]) -> float | None:
    share = figure(row.get("sentiment"))
    return share if share is not None and share <= 100 else None


def _rank(row: Mapping[str, Any]) -> float:
    rank = figure(row.get("market_cap_rank"))
    return math.inf if rank is None else rank
