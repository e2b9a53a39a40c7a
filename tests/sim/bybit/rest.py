"""The V5 endpoints as functions of the market and the time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import orjson

from tests.sim.bybit.instruments import Row, instrument_rows
from tests.sim.bybit.messages import envelope, kline_rows, ticker_row
from tests.sim.market.board import Board
from tests.sim.market.candles import TIMEFRAMES, decimal_text
from tests.sim.market.exchange import Market
from tests.sim.wire.http import Request, Response

Query = Mapping[str, str]
_DEFAULT_LIMIT, _LARGEST_LIMIT = 200, 1000


class Refused(Exception):
    """The exchange answers HTTP 200 with a retCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(slots=True)
class RestApi:
    """Answers market requests; `revised` holds REST rows that differ from what the stream said."""

    market: Market
    board: Board
    recorded: dict[str, Row] = field(default_factory=dict)
    revised: dict[tuple[str, str, int], list[str]] = field(default_factory=dict)
    announcements: list[dict[str, object]] = field(default_factory=list)
    maintenance: list[dict[str, object]] = field(default_factory=list)

    def answer(self, request: Request, now_ms: int, said_ms: int) -> Response:
        """Answer one request; `said_ms` is the server time to show (it differs from `now_ms` under clock skew)."""
        routes = {
            "/v5/market/time": self._time,
            "/v5/market/instruments-info": self._instruments,
            "/v5/market/kline": self._kline,
            "/v5/market/tickers": self._tickers,
            "/v5/market/orderbook": self._orderbook,
            "/v5/announcements/index": self._announcements,
            "/v5/system/status": self._status,
        }
        route = routes.get(request.path)
        if route is None:
            return Response(404, b"404 page not found", "text/plain")
        try:
            result = route(request.query, said_ms if request.path == "/v5/market/time" else now_ms)
        except Refused as refusal:
            return Response(body=envelope({}, said_ms, code=refusal.code, message=refusal.message))
        message = "" if request.path in ("/v5/market/instruments-info", "/v5/system/status") else "OK"
        return Response(body=envelope(result, said_ms, message=message))

    def _time(self, query: Query, now_ms: int) -> object:
        return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}

    def _instruments(self, query: Query, now_ms: int) -> object:
        _spot(query)
        rows = instrument_rows(self.market, self.recorded)
        wanted = query.get("symbol")
        return {"category": "spot", "list": [row for row in rows if wanted in (None, "", row["symbol"])]}

    def _symbol(self, query: Query) -> str:
        _spot(query)
        symbol = query.get("symbol", "")
        if symbol not in self.market:
            raise Refused(10001, "Not supported symbols")
        return symbol

    def _kline(self, query: Query, now_ms: int) -> object:
        symbol = self._symbol(query)
        frame = TIMEFRAMES.get(query.get("interval", ""))
        if frame is None:
            raise Refused(10001, "Invalid period!")
        limit = min(_LARGEST_LIMIT, _number(query, "limit", _DEFAULT_LIMIT))
        if limit < 1:
            raise Refused(10001, "params error: limit")
        end = min(_number(query, "end", now_ms), now_ms)
        if "start" in query:
            start = frame.floor(_number(query, "start", 0))
            if "end" not in query:
                end = min(end, start + (limit - 1) * frame.length)
        else:
            start = frame.floor(end) - (limit - 1) * frame.length
        start = max(start, frame.floor(end) - (limit - 1) * frame.length)
        first, candles = self.market.candles(symbol, frame, start, end, now_ms)
        spec = self.market.spec(symbol)
        opened = range(first, first + candles.shape[1] * frame.length, frame.length)
        rows = kline_rows(spec, opened, candles)
        for number, start in enumerate(opened if self.revised else ()):
            if (symbol, frame.interval, start) in self.revised:
                rows[number] = orjson.dumps(self.revised[symbol, frame.interval, start])
        listing = orjson.Fragment(b"[" + b",".join(reversed(rows)) + b"]")
        return {"category": "spot", "symbol": symbol, "list": listing}

    def _tickers(self, query: Query, now_ms: int) -> object:
        self.board.move_to(now_ms)
        symbols = [self._symbol(query)] if query.get("symbol") else self.board.symbols
        _spot(query)
        rows = np.array([self.board.position[symbol] for symbol in symbols])
        columns = self.board.tickers(now_ms, rows).T.tolist()
        listing = [ticker_row(self.market.spec(symbol), column) for symbol, column in zip(symbols, columns, strict=True)]
        return {"category": "spot", "list": listing}

    def _orderbook(self, query: Query, now_ms: int) -> object:
        symbol = self._symbol(query)
        self.board.move_to(now_ms)
        levels = max(1, min(1000, _number(query, "limit", 1)))
        column = self.board.tickers(now_ms, np.array([self.board.position[symbol]]))[:, 0].tolist()
        spec = self.market.spec(symbol)
        row = ticker_row(spec, column)
        unit = 10**spec.price_decimals
        bid, ask = round(float(row["bid1Price"]) * unit), round(float(row["ask1Price"]) * unit)
        bids = [[decimal_text(bid - i, spec.price_decimals), row["bid1Size"]] for i in range(min(levels, bid))]
        asks = [[decimal_text(ask + i, spec.price_decimals), row["ask1Size"]] for i in range(levels)]
        return {"s": symbol, "b": bids, "a": asks, "ts": now_ms, "u": now_ms % 10_000_000, "seq": now_ms, "cts": now_ms - 3}

    def _announcements(self, query: Query, now_ms: int) -> object:
        if not query.get("locale"):
            raise Refused(10001, "params error: locale is required")
        chosen = [
            row
            for row in reversed(self.announcements)
            if query.get("type", "") in ("", _type_key(row)) and _has_tag(row, query.get("tag", ""))
        ]
        limit = max(1, min(100, _number(query, "limit", 20)))
        page = max(1, _number(query, "page", 1))
        return {"total": len(chosen), "list": chosen[(page - 1) * limit : page * limit]}

    def _status(self, query: Query, now_ms: int) -> object:
        return {"list": self.maintenance}


def _spot(query: Query) -> None:
    category = query.get("category", "linear")
    if category not in ("spot", "linear", "inverse", "option"):
        raise Refused(10001, "Illegal category")
    if category != "spot":
        raise Refused(10001, "Not supported symbols")


def _number(query: Query, name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.lstrip("-").isdigit():
        raise Refused(10001, f"params error: {name}")
    return int(text)


def _type_key(row: dict[str, object]) -> object:
    kind = row["type"]
    return kind["key"] if isinstance(kind, dict) else kind


def _has_tag(row: dict[str, object], tag: str) -> bool:
    tags = row["tags"]
    return not tag or (isinstance(tags, list) and tag in tags)
