"""Tell the functions, which tell the trader, that the exchange has been away for a minute, and that it is back."""

import asyncio
import time
from typing import Any

import httpx

from functions.collector.collector import Collector
from functions.logs import get_logger, hide_secrets
from functions.outgoing.proxies import OURS
from functions.settings import Settings

log = get_logger("collector")
LOOK_EVERY = 5.0
WORTH_TELLING = 60.0  # seconds; shorter outages are healed before anybody could act
MENDING = 120.0  # seconds after its return in which gaps are waited for


class ExchangeReport:
    """Reports each change until the functions have taken it; they keep what the trader was told."""

    def __init__(self, collector: Collector, settings: Settings) -> None:
        self._collector = collector
        self._url = f"{settings.functions_address}/status/exchange"
        self._headers = {"Authorization": f"Bearer {settings.functions_token.get_secret_value()}"}
        self._away: bool | None = None  # as the functions know it; at a start they are told anew
        self._gaps_closed = 0
        self._back_at: float | None = None

    async def keep_telling(self) -> None:
        """Look every five seconds, for ever."""
        async with httpx.AsyncClient(headers=self._headers, timeout=10, **OURS) as client:
            while True:
                await asyncio.sleep(LOOK_EVERY)
                news = self.news(time.monotonic())
                if news is not None and await self._post(client, news):
                    self._away = bool(news["trouble"])

    def news(self, now: float) -> dict[str, Any] | None:
        """Return the change that the functions do not know yet."""
        outage = self._collector.outage
        if outage.began is not None:
            self._back_at = None
            if self._away or now - outage.began < WORTH_TELLING:
                return None
            self._gaps_closed = self._collector.measures.gaps_closed
            return {"trouble": outage.reason, "gaps_filled": 0}
        self._back_at = self._back_at or now
        mending = bool(self._collector.tracker.lacking) or self._collector.gaps_open != 0
        if self._away is False or not self._collector.symbols or (mending and now - self._back_at < MENDING):
            return None
        return {"trouble": "", "gaps_filled": self._collector.measures.gaps_closed - self._gaps_closed}

    async def _post(self, client: httpx.AsyncClient, news: dict[str, Any]) -> bool:
        try:
            (await client.post(self._url, json=news)).raise_for_status()
        except httpx.HTTPError as error:
            log.debug("the functions were not told of the exchange", reason=hide_secrets(repr(error)))
            return False
        return True
