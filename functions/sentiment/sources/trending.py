"""Which coins people look for, from CoinGecko. Needs no key.

Source: https://docs.coingecko.com, `GET /search/trending`. Being looked for has no direction, so the reading has no weight: it
stands in the overview only.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.errors import Broken
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.outgoing import Source, get_json
from functions.outgoing.run import SourceAnswer
from functions.strangers import clean

NAME = "trending"
LIFE = timedelta(hours=7)
MOST = 15


def read(source: Source, as_of: datetime) -> SourceAnswer:
    """Return the coins now, the most wanted first.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or its answer has no coin.
    """
    return answer_of(get_json(source, "/search/trending"), as_of)


def answer_of(answer: Any, as_of: datetime) -> SourceAnswer:
    """Read an answer; it does not say of when it is.

    Raises:
        Broken: it names no coin.
    """
    rows = answer.get("coins") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise Broken("source_unreadable", f"expected a list of coins, got {str(answer)[:80]!r}")
    items = [row["item"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("item"), Mapping)]
    coins = [coin for item in items if (coin := _coin(item))]
    if not coins:
        raise Broken("source_unreadable", f"expected coins with a symbol, got {len(rows)} entries without")
    reading = FactorReading(
        symbol=MARKET,
        factor=Factor.CONTEXT,
        source=NAME,
        value=0.0,
        confidence=0.0,
        as_of=as_of,
        stale_at=as_of + LIFE,
        evidence={"coins": coins[:MOST], "by": "CoinGecko"},
    )
    return SourceAnswer([reading], left_out=len(rows) - len(coins))


def _coin(item: Mapping[str, Any]) -> dict[str, Any] | None:
    symbol, name, rank = item.get("symbol"), item.get("name"), item.get("market_cap_rank")
    if not isinstance(symbol, str) or not (ticker := clean(symbol, 20).upper()):
        return None
    rank = rank if isinstance(rank, int) and not isinstance(rank, bool) and 0 < rank < 100_000 else None
    return {"symbol": ticker, "name": clean(name, 60) if isinstance(name, str) else ticker, "rank": rank}
