"""The last line of a terminal while the desk runs: market time, the next close, what the paper accounts have earned."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from rich.text import Text

from functions.clock import MarketClock
from functions.market.candles.timeframe import Timeframe
from functions.outgoing.proxies import OURS
from functions.paper.accounts import DESK, MANUAL
from functions.settings import Settings

ASK_EVERY = 10.0  # seconds between two questions about the paper accounts
_NAMES = {DESK.name: "desk", MANUAL.name: "yours"}


def line(market: datetime, clock: MarketClock, accounts: Sequence[Mapping[str, Any]]) -> str:
    """Return the line for a moment of market time.

    Args:
        market: the market time, UTC.
        clock: tells how long the wait for the next close is on this machine.
        accounts: as `/paper/report` lists them; empty while none is known.
    """
    wait = Timeframe.M15.floor(market) + Timeframe.M15.span - market
    earned = [
        f"{_NAMES[account['name']]} {float(account['equity']):,.2f} ({account['return_pct']:+.2f}%)"
        for account in accounts
        if account["name"] in _NAMES
    ]
    paper = f"paper {' · '.join(earned)}" if earned else "no paper trade yet"
    seconds = int(clock.wall_seconds(wait))
    left = f"{seconds // 60} min {seconds % 60:02} s" if seconds >= 60 else f"{seconds} s"
    return f"market {market:%-d %b %H:%M} UTC · next 15m close in {left} · {paper}"


class LiveLine:
    """Asks now and then what the paper accounts have earned, and writes the line."""

    def __init__(self, settings: Settings) -> None:
        token = settings.functions_token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=settings.functions_address, timeout=5, headers=headers, **OURS)
        self._clock = settings.clock
        self._accounts: list[Mapping[str, Any]] = []
        self._asked_at = float("-inf")

    def text(self) -> Text:
        """Return the line of now; a narrow terminal cuts it."""
        if time.monotonic() - self._asked_at >= ASK_EVERY:
            self._accounts = self._ask()
            self._asked_at = time.monotonic()
        return Text(line(self._clock.now(), self._clock, self._accounts), style="dim", no_wrap=True, overflow="ellipsis")

    def _ask(self) -> list[Mapping[str, Any]]:
        """Return the accounts; those of the last answer when nobody answers now."""
        try:
            answer = self._client.get("/paper/report")
        except httpx.TransportError:
            return self._accounts
        return list(answer.json()["accounts"]) if answer.is_success else self._accounts
