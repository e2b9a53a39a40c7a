"""How much of all coins' value is Bitcoin's, from CoinGecko. Needs no key; a demo key raises the limit.

Source: https://docs.coingecko.com, `GET /global`; its terms ask to name CoinGecko beside the number. A share has no direction,
so its reading has no weight: it stands in the overview only.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.errors import Broken
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.outgoing import Source, get_json

NAME = "dominance"
LIFE = timedelta(hours=3)


def read(source: Source) -> FactorReading:
    """Return the share now.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or its answer has no share.
    """
    return reading_of(get_json(source, "/global"))


def reading_of(answer: Any) -> FactorReading:
    """Read an answer.

    Raises:
        Broken: it has no share of Bitcoin between 0 and 100 percent.
    """
    try:
        data = answer["data"]
        share, at = float(data["market_cap_percentage"]["btc"]), datetime.fromtimestamp(float(data["updated_at"]), UTC)
        stale_at = at + LIFE
        change = data.get("market_cap_change_percentage_24h_usd")
        change = None if change is None else float(change)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Broken("source_unreadable", f"expected a market overview, got {error!r}") from error
    if not 0 < share <= 100:
        raise Broken("source_unreadable", f"expected a share of 0 to 100 percent, got {share}")
    if change is not None and not math.isfinite(change):
        change = None
    evidence = {"value": share, "market_change_24h_percent": change, "by": "CoinGecko"}
    return FactorReading(
        symbol=MARKET,
        factor=Factor.CONTEXT,
        source=NAME,
        value=0.0,
        confidence=0.0,
        as_of=at,
        stale_at=stale_at,
        evidence=evidence,
    )
