"""The exchange's words: numbers as strings, fields in the order that real messages had them."""

from collections.abc import Iterable, Sequence

import orjson

from tests.sim.market.candles import CLOSE, HIGH, LOW, OPEN, TURNOVER, VOLUME, Timeframe, decimal_column, decimal_text
from tests.sim.market.noise import IntArray
from tests.sim.market.symbols import SymbolSpec


def envelope(result: object, now_ms: int, *, code: int = 0, message: str = "OK") -> bytes:
    """Return a REST answer."""
    return orjson.dumps({"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": now_ms})


def change_text(last: int, previous: int) -> str:
    """Return the 24-hour change as a fraction with four decimals at most ("0.0068" is 0.68%)."""
    text = f"{last / previous - 1:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def kline_row(spec: SymbolSpec, start: int, candle: Sequence[int]) -> list[str]:
    """Return a REST kline row: start, open, high, low, close, volume, turnover."""
    price, volume = spec.price_decimals, spec.volume_decimals
    return [
        str(start),
        decimal_text(candle[OPEN], price),
        decimal_text(candle[HIGH], price),
        decimal_text(candle[LOW], price),
        decimal_text(candle[CLOSE], price),
        decimal_text(candle[VOLUME], volume),
        decimal_text(candle[TURNOVER], spec.turnover_decimals),
    ]


def kline_rows(spec: SymbolSpec, opened: Iterable[int], candles: IntArray) -> list[bytes]:
    """Return REST kline rows of candles [6, n] as JSON, in the order given."""
    decimals = [spec.price_decimals] * 4 + [spec.volume_decimals, spec.turnover_decimals]
    columns = [decimal_column(column, places) for column, places in zip(candles, decimals, strict=True)]
    return [b'["%d","%b","%b","%b","%b","%b","%b"]' % row for row in zip(opened, *columns, strict=True)]


def kline_entry(spec: SymbolSpec, frame: Timeframe, start: int, candle: Sequence[int], now_ms: int, *, confirm: bool) -> str:
    """Return one element of a kline push."""
    row = kline_row(spec, start, candle)
    return (
        f'{{"start":{start},"end":{start + frame.length - 1},"interval":"{frame.interval}","open":"{row[1]}","close":"{row[4]}",'
        f'"high":"{row[2]}","low":"{row[3]}","volume":"{row[5]}","turnover":"{row[6]}",'
        f'"confirm":{"true" if confirm else "false"},"timestamp":{now_ms}}}'
    )


def kline_push(topic: str, entries: Sequence[str], now_ms: int, *, topic_first: bool) -> bytes:
    """Return a kline push; `type` comes before or after `topic`, as seen on the wire."""
    data = ",".join(entries)
    if topic_first:
        return f'{{"topic":"{topic}","data":[{data}],"ts":{now_ms},"type":"snapshot"}}'.encode()
    return f'{{"type":"snapshot","topic":"{topic}","data":[{data}],"ts":{now_ms}}}'.encode()


def ticker_push(spec: SymbolSpec, ticker: Sequence[int], now_ms: int, sequence: int) -> bytes:
    """Return a ticker push: a snapshot without bid and ask."""
    last, high, low, previous, volume, turnover = ticker
    price = spec.price_decimals
    return (
        f'{{"topic":"tickers.{spec.symbol}","ts":{now_ms},"type":"snapshot","cs":{sequence},"data":{{"symbol":"{spec.symbol}",'
        f'"lastPrice":"{decimal_text(last, price)}","highPrice24h":"{decimal_text(high, price)}",'
        f'"lowPrice24h":"{decimal_text(low, price)}","prevPrice24h":"{decimal_text(previous, price)}",'
        f'"volume24h":"{decimal_text(volume, spec.volume_decimals)}",'
        f'"turnover24h":"{decimal_text(turnover, spec.turnover_decimals)}",'
        f'"price24hPcnt":"{change_text(last, previous)}","usdIndexPrice":"{index_text(spec, last)}"}}}}'
    ).encode()


def ticker_row(spec: SymbolSpec, ticker: Sequence[int]) -> dict[str, str]:
    """Return a REST ticker row, with bid and ask around the last price."""
    last, high, low, previous, volume, turnover = ticker
    price = spec.price_decimals
    half = max(0, round(last * spec.spread / 2))
    bid, ask = max(1, last - half), last + max(1, half)
    size = max(1, volume // 40_000)
    return {
        "symbol": spec.symbol,
        "bid1Price": decimal_text(bid, price),
        "bid1Size": decimal_text(size, spec.volume_decimals),
        "ask1Price": decimal_text(ask, price),
        "ask1Size": decimal_text(size + size // 3 + 1, spec.volume_decimals),
        "lastPrice": decimal_text(last, price),
        "prevPrice24h": decimal_text(previous, price),
        "price24hPcnt": change_text(last, previous),
        "highPrice24h": decimal_text(high, price),
        "lowPrice24h": decimal_text(low, price),
        "turnover24h": decimal_text(turnover, spec.turnover_decimals),
        "volume24h": decimal_text(volume, spec.volume_decimals),
        "usdIndexPrice": index_text(spec, last),
    }


def index_text(spec: SymbolSpec, last: int) -> str:
    """Return the index price, which many pairs do not have."""
    return decimal_text(last * 100 + last // 30, spec.price_decimals + 2) if spec.key % 3 else ""
