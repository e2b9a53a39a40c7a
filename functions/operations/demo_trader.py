"""A trader in the demo: lets every signal through, opens small paper trades whose stop or target is near, asks for the reports.

The desk's own trades live for days, and its reports come once a day. What the trader asks for goes over Telegram and HTTP like
anything else; nobody knows it from the rest.
"""

import time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import httpx

from functions.outgoing.proxies import OURS
from functions.settings import Settings

EVERY = 15.0  # seconds of wall time between two trades that are asked for; most wait until an earlier one is over
# By default ten signals a day, and four hours between two of a coin.
WISHES = ("/settings budget 1000", "/settings cooldown 1h")
ERRANDS = (("/digest/run", 30.0), ("/digest/report", 120.0))  # each once a market day, first so many seconds after the start
REPORT_EVERY = 30.0  # seconds between two askings; what was raised for the market day is not raised again
NOTIONAL = "50"
KNOWN_COINS = 10  # the pairs with the largest turnover, which everybody knows
_KEPT = Decimal("1e-8")
# Stop and targets as fractions of the price: a near target, which pays more than the fees, with a far stop; and the reverse.
NEAR_TARGET = (Decimal("0.05"), (Decimal("0.004"), Decimal("0.008"), Decimal("0.016")))
NEAR_STOP = (Decimal("0.0008"), (Decimal("0.05"), Decimal("0.1"), Decimal("0.15")))
PLANS = (NEAR_TARGET, NEAR_TARGET, NEAR_STOP)  # a stop so near is met in minutes, a target takes longer


def plan_order(number: int, symbol: str, price: float) -> dict[str, Any]:
    """Return the body of the trade of a number: by turns two whose target is near and one whose stop is."""
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
    """Acts now and then; what is refused or not up yet is asked for again."""

    def __init__(self, settings: Settings) -> None:
        token, self._chat = settings.functions_token.get_secret_value(), settings.telegram_chat_ids[0]
        headers = {"Authorization": f"Bearer {token}"}
        self._functions = httpx.Client(base_url=settings.functions_address, timeout=5, headers=headers, **OURS)
        self._telegram = httpx.Client(base_url=settings.telegram_api_url, timeout=5, **OURS)
        self._wishes, self._number = list(WISHES), 0
        self._order_at, self._errands = float("-inf"), dict[str, float]()

    def act(self) -> None:
        """Do what it is time for."""
        try:
            self._wish()
            self._ask_for_reports()
            if time.monotonic() >= self._order_at:
                self._order_at = time.monotonic() + EVERY
                self._order()
        except httpx.TransportError:
            return  # a part is not up yet, or was killed on purpose

    def _wish(self) -> None:
        """Write the settings of the chat."""
        while self._wishes:
            self._telegram.post("/_sim/say", json={"chat_id": self._chat, "text": self._wishes[0]})
            del self._wishes[0]

    def _ask_for_reports(self) -> None:
        """Ask for the digest and the daily report of the market's day."""
        if not self._errands:
            self._errands = {path: time.monotonic() + after for path, after in ERRANDS}
        for path, due in self._errands.items():
            if time.monotonic() >= due:
                self._errands[path] = time.monotonic() + REPORT_EVERY
                self._functions.post(path, json={})

    def _order(self) -> None:
        """Ask for the next paper trade."""
        answer = self._functions.get("/market/tickers")
        fresh = [row for row in answer.json() if row["freshness"]["fresh"]] if answer.is_success else []
        heaviest = sorted(fresh, key=lambda row: -row["turnover_24h"])[:KNOWN_COINS]
        if not heaviest:
            return
        row = heaviest[self._number * 7 % len(heaviest)]
        opened = self._functions.post("/paper/trades", json=plan_order(self._number, row["symbol"], row["price"]))
        self._number += 1 if opened.is_success else len(PLANS)  # another pair, the same plan
