"""How fast the simulator itself is: `python -m tests.sim.measure` prints one JSON line. No benchmark may measure its tool."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import httpx
import orjson
import picows

_SYMBOLS = 500
_INTERVALS = ("5", "15", "60", "240", "D")


class _Counter(picows.WSListener):
    """Counts messages and notes when closing candles come."""

    def __init__(self) -> None:
        self.messages = 0
        self.confirms: list[float] = []

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        """Count a frame (picows callback)."""
        self.messages += 1
        if b'"confirm":true' in frame.get_payload_as_bytes():
            self.confirms.append(time.time())


async def _subscribe(url: str, topics: Iterable[str]) -> _Counter:
    transport, listener = await picows.ws_connect(_Counter, url)
    chosen = list(topics)
    for first in range(0, len(chosen), 10):
        request = orjson.dumps({"op": "subscribe", "args": chosen[first : first + 10]})
        transport.send(picows.WSMsgType.TEXT, request)
    assert isinstance(listener, _Counter)
    return listener


async def _flood(ready: dict[str, Any], symbols: list[str]) -> float:
    """Return ticker messages a second that a client which does nothing receives."""
    counter = await _subscribe(ready["bybit_ws_url"], [f"tickers.{symbol}" for symbol in symbols])
    await asyncio.sleep(1)
    messages_before, began = counter.messages, time.perf_counter()
    async with httpx.AsyncClient() as http:
        await http.post(f"{ready['bybit_rest_url']}/_sim/fault", json={"kind": "firehose", "rate": 0, "seconds": 3})
    await asyncio.sleep(3)
    return (counter.messages - messages_before) / (time.perf_counter() - began)


async def _close(ready: dict[str, Any], symbols: list[str]) -> dict[str, float]:
    """Return how far apart all closing candles of a midnight arrive, in ms."""
    counters = [
        await _subscribe(ready["bybit_ws_url"], [f"kline.{interval}.{symbol}" for symbol in symbols]) for interval in _INTERVALS
    ]
    async with asyncio.timeout(60):
        while sum(len(counter.confirms) for counter in counters) < len(symbols) * len(_INTERVALS):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    confirms = counters[1].confirms
    everything = [moment for counter in counters for moment in counter.confirms]
    return {
        "close_500_spread_ms": round((max(confirms) - min(confirms)) * 1000, 1),
        "close_2500_spread_ms": round((max(everything) - min(everything)) * 1000, 1),
    }


def _history(ready: dict[str, Any], symbols: list[str]) -> float:
    """Return candles a second over REST on one connection, a thousand of each timeframe."""
    began, rows = time.perf_counter(), 0
    with httpx.Client(base_url=ready["bybit_rest_url"]) as http:
        for symbol in symbols[:20]:
            for interval in _INTERVALS:
                query = {"category": "spot", "symbol": symbol, "interval": interval, "limit": 1000}
                rows += http.get("/v5/market/kline", params=query).content.count(b"],[") + 1  # type: ignore[arg-type]
    return rows / (time.perf_counter() - began)


def main() -> None:
    """Start a simulator of its own and print its figures."""
    command = [sys.executable, "-m", "tests.sim", "--symbols", str(_SYMBOLS), "--data", "none"]
    with subprocess.Popen([*command, "--market-start", "2024-03-05T23:59:40Z"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = orjson.loads(process.stdout.readline())
        listed = httpx.get(f"{ready['bybit_rest_url']}/v5/market/instruments-info?category=spot").json()["result"]["list"]
        symbols = [row["symbol"] for row in listed][:_SYMBOLS]
        figures: dict[str, float] = asyncio.run(_close(ready, symbols))
        figures["rest_candles_per_s"] = round(_history(ready, symbols))
        figures["tickers_per_s"] = round(asyncio.run(_flood(ready, symbols)))
        process.terminate()
    sys.stdout.write(orjson.dumps(figures).decode() + "\n")


if __name__ == "__main__":
    main()
