"""The supply of stablecoins from DefiLlama. Needs no key.

Source: https://defillama.com/docs/api, `GET /stablecoins`: each coin with its supply now, a day, a week and a month ago.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.errors import Broken
from functions.onchain.flows import ISSUERS, STABLECOINS, Flow, Said, Supply, supply_reading
from functions.onchain.rules import FlowRules
from functions.onchain.sources.amounts import amount
from functions.outgoing import Source, get_json

_DOLLAR = "peggedUSD"
_FIELDS = ("circulating", "circulatingPrevDay", "circulatingPrevWeek")


def read(source: Source, as_of: datetime, rules: FlowRules) -> Said:
    """Return the supply now and how it changed.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or too little of its answer can be read.
    """
    supply, left_out = supply_of(get_json(source, "/stablecoins", {"includePrices": "false"}), rules)
    issued = Flow(ISSUERS, STABLECOINS, supply.now - supply.day_ago, supply.now)
    return Said([issued], [supply_reading(supply, as_of, rules)], left_out)


def supply_of(answer: Any, rules: FlowRules) -> tuple[Supply, int]:
    """Add up the coins that follow the dollar, and count those that cannot be compared.

    Raises:
        Broken: it is no list of stablecoins, or most of the supply has no earlier figure.
    """
    rows = answer.get("peggedAssets") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise Broken("source_unreadable", f"expected a list of stablecoins, got {str(answer)[:80]!r}")
    coins = [_figures(row) for row in rows if isinstance(row, Mapping) and row.get("pegType") == _DOLLAR]
    whole = [(now, day, week) for now, day, week in coins if now is not None and day is not None and week is not None]
    known = sum((now for now, _, _ in coins if now is not None), Decimal(0))
    now_usd, day_usd, week_usd = (sum((figures[place] for figures in whole), Decimal(0)) for place in range(3))
    supply = Supply(now=now_usd, day_ago=day_usd, week_ago=week_usd, coins=len(whole))
    if supply.week_ago <= 0 or supply.now < known * Decimal(repr(rules.least_compared)):
        raise Broken("source_unreadable", f"expected supplies of now, a day and a week ago, got them of {len(whole)} coins")
    return supply, len(coins) - len(whole)


def _figures(row: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    now, day, week = (amount(row[name].get(_DOLLAR)) if isinstance(row.get(name), Mapping) else None for name in _FIELDS)
    return now, day, week
