"""Tell n8n of closes and touches. A call that fails is dropped after a few tries: the functions catch up each minute."""

from collections.abc import Sequence
from typing import Any

import httpx
import stamina

from functions.collector.feed.closes import Close
from functions.collector.measures import WEBHOOKS
from functions.logs import get_logger
from functions.outgoing.proxies import OURS
from functions.settings import Settings

log = get_logger("collector")
TRIES = 3


class Announcer:
    """The webhooks `candles-closed` and `level-touched` of n8n; use as an async context manager."""

    def __init__(self, settings: Settings) -> None:
        token = settings.n8n_webhook_token.get_secret_value()
        self._url = f"{settings.n8n_address}/webhook"
        self._client = httpx.AsyncClient(headers={"X-Quorum-Token": token}, timeout=httpx.Timeout(10.0, connect=2.0), **OURS)

    async def __aenter__(self) -> "Announcer":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.aclose()

    async def announce(self, closes: Sequence[Close]) -> None:
        """Call the webhook once for closes that came together, as those of an hour do; never raises for n8n being away."""
        body = {
            "timeframes": [close.timeframe.value for close in closes],
            "closes": [
                {
                    "timeframe": close.timeframe.value,
                    "close_time": close.close_time.isoformat().replace("+00:00", "Z"),
                    "symbols": list(close.symbols),
                    "complete": close.complete,
                }
                for close in closes
            ],
        }
        if not await self._post("candles-closed", body, len(closes)):
            return
        for close in closes:
            log.info("candles closed", timeframe=close.timeframe.value, symbols=len(close.symbols), complete=close.complete)

    async def announce_touches(self, symbols: Sequence[str]) -> None:
        """Call the webhook once for the pairs in which levels were touched; never raises for n8n being away."""
        await self._post("level-touched", {"symbols": list(symbols)}, 1)

    async def _post(self, hook: str, body: dict[str, Any], count: int) -> bool:
        """Post to a webhook, tell whether n8n took it, and count that for `count` announcements."""
        try:
            async for attempt in stamina.retry_context(on=httpx.HTTPError, attempts=TRIES, wait_initial=0.2, wait_max=1.0):
                with attempt:
                    (await self._client.post(f"{self._url}/{hook}", json=body)).raise_for_status()
        except httpx.HTTPError as error:
            WEBHOOKS.labels("dropped").inc(count)
            log.warning("n8n was not told", hook=hook, reason=repr(error))
            return False
        WEBHOOKS.labels("delivered").inc(count)
        return True
