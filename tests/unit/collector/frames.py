"""Frames as the exchange writes them."""

import orjson

NOON = 1_709_640_000_000
MINUTE = 60_000


def kline(
    start: int,
    *,
    symbol: str = "BTCUSDT",
    interval: str = "15",
    confirm: object = True,
    close: str = "101.5",
    sent_ms: int | None = None,
    also: list[dict[str, object]] | None = None,
) -> bytes:
    """A kline push, by default the closing one, 0.6 s after its end."""
    span = {"5": 5, "15": 15, "60": 60, "240": 240, "D": 1440}.get(interval, 1) * MINUTE
    sent_ms = start + span + 600 if sent_ms is None else sent_ms
    entry = {
        "start": start,
        "end": start + span - 1,
        "interval": interval,
        "open": "100",
        "close": close,
        "high": "102.25",
        "low": "99",
        "volume": "12.5",
        "turnover": "1260.125",
        "confirm": confirm,
        "timestamp": orjson.Fragment(str(sent_ms)),
    }
    data = [entry, *(also or [])]
    return orjson.dumps(
        {"type": "snapshot", "topic": f"kline.{interval}.{symbol}", "data": data, "ts": orjson.Fragment(str(sent_ms))}
    )


def ticker(symbol: str = "BTCUSDT", *, sent_ms: int = NOON, last: object = "65140.5") -> bytes:
    """A ticker push."""
    data = {
        "symbol": symbol,
        "lastPrice": last,
        "highPrice24h": "65305.6",
        "lowPrice24h": "64727.9",
        "prevPrice24h": "65045.3",
        "volume24h": "2953.835931",
        "turnover24h": "191907024.69597728",
        "price24hPcnt": "0.0015",
        "usdIndexPrice": "",
    }
    ts = orjson.Fragment(str(sent_ms))
    return orjson.dumps({"topic": f"tickers.{symbol}", "ts": ts, "type": "snapshot", "cs": 1, "data": data})
