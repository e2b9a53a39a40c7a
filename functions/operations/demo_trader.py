"""A trader in the demo: opens small paper trades by hand whose stop or target is near, so that their ends are seen, too.

The desk's own trades live for days. These go over HTTP like any other; the settlement does not know them from those.
"""

import time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import httpx

from functions.outgoing.proxies import OURS

EVERY = 15.0  # seconds of wall time between two trades that are asked for; most wait until an earlier one is over
NOTIONAL = "50"
_KEPT = Decimal("1e-8")
# As fractions of the price: a target that is near with a stop that is far, and the other way round.
PLANS = (
    (Decimal("0.05"), (Decimal("0.003"), Decimal("0.006"), Decimal("0.012"))),
    (Decimal("0.0008"), (Decimal("0.05"), Decimal("0.1"), Decimal("0.15"))),
)


def plan_order(number: int, symbol: str, price: float) -> dict[str, Any]:
    """Return the body of the trade of a number: by turns one whose target is near and one whose stop is."""
    stop, targets = PLANS[number % len(PLANS)]
    seen = Decimal(repr(price))
    return {
        "request_id": f"demo:{number}:{symbol}",
        "symbol": symbol,
        "side": "long",
        "notional": NOTIONAL,
        "stop": _price(seen * (1 - stop)),
        "targets": [_price(seen * (1 + target)) for target in targets],
    }


def _price(value: Decimal) -> str:
    return f"{value.quantize(_KEPT, ROUND_HALF_EVEN):f}"


class DemoTrader:
    """Asks for a trade now and then; what is refused or not up yet is asked for again with the next pair."""

    def __init__(self, functions: str, token: str) -> None:
        self._client = httpx.Client(base_url=functions, timeout=5, headers={"Authorization": f"Bearer {token}"}, **OURS)
        self._asked_at, self._number = float("-inf"), 0

    def act(self) -> None:
        """Ask for the next trade, when it is time."""
        if time.monotonic() - self._asked_at < EVERY:
            return
        self._asked_at = time.monotonic()
        try:
            self._ask()
        except httpx.TransportError:
            return  # the functions are not up yet, or were killed on purpose

    def _ask(self) -> None:
        answer = self._client.get("/market/tickers")
        fresh = [row for row in answer.json() if row["freshness"]["fresh"]] if answer.is_success else []
        if not fresh:
            return
        row = fresh[self._number * 7 % len(fresh)]
        opened = self._client.post("/paper/trades", json=plan_order(self._number, row["symbol"], row["price"]))
        self._number += 1 if opened.is_success else len(PLANS)  # another pair, the same plan
