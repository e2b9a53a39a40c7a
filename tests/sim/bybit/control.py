"""Orders to the simulated exchange: faults, listings, revisions; the same from Python and over HTTP (`/_sim/...`)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from tests.sim.bybit.announce import listing_announcement
from tests.sim.bybit.messages import kline_row
from tests.sim.faults import Fault
from tests.sim.market.candles import TIMEFRAMES
from tests.sim.wire.http import Request, Response, json_response

if TYPE_CHECKING:
    from tests.sim.bybit.server import BybitSim

Options = dict[str, object]
CHAOS: tuple[tuple[str, float, dict[str, float]], ...] = (
    ("ws_drop", 0.01, {}),
    ("ws_delay", 0.01, {"delay": 3.0}),
    ("ws_duplicate", 0.02, {}),
    ("ws_reorder", 0.01, {}),
    ("ws_lose_confirm", 0.02, {}),
    ("ws_truncate", 0.003, {}),
    ("ws_garbage", 0.003, {}),
    ("ws_cut", 0.0003, {}),
    ("ws_refuse", 0.1, {}),
    ("rest_status", 0.02, {"status": 502}),
    ("rest_ret_code", 0.01, {"code": 10006}),
    ("rest_half", 0.01, {}),
    ("rest_garbage", 0.005, {}),
    ("rest_disconnect", 0.01, {}),
    ("rest_delay", 0.02, {"delay": 0.5}),
)


class BybitControl:
    """Carries out orders; `tick` lets faults that strike at random moments strike."""

    def __init__(self, sim: "BybitSim") -> None:
        self._sim = sim
        self._disconnect_every = 0.0
        self._refuse_after = 0.0
        self._orders: dict[str, Callable[[Options], None]] = {
            "ws_disconnect": self._disconnect,
            "clock_skew": self._skew,
            "list": self._list,
            "delist": self._delist,
            "dip": self._dip,
            "revise": self._revise,
            "maintenance_window": self._maintenance_window,
            "firehose": self._firehose,
            "chaos": self._chaos,
        }

    def fault(self, kind: str, options: Options) -> Fault | None:
        """Carry out an order, or put a lasting fault in force.

        Raises:
            ValueError: the kind or an option is not known.
        """
        order = self._orders.get(kind)
        if order is not None:
            order(options)
            return None
        return self._sim.faults.add(kind, **options)  # type: ignore[arg-type]

    def clear(self, kind: str | None = None) -> None:
        """Lift every fault, or those of a kind; what was listed, delisted, revised or dipped stays so."""
        self._sim.faults.clear(kind)
        if kind in (None, "ws_disconnect", "chaos"):
            self._sim.refuse_until = self._disconnect_every = 0.0
        if kind in (None, "clock_skew"):
            self._sim.skew_ms = 0
        if kind in (None, "firehose"):
            self._sim.firehose.stop()
        if kind == "chaos":
            for name, _, _ in CHAOS:
                self._sim.faults.clear(name)

    def reset(self) -> None:
        """Lift every fault, forget journal, closes and revisions."""
        self.clear()
        self._sim.journal.clear()
        self._sim.closes.clear()
        self._sim.rest.revised.clear()

    def tick(self, elapsed: float) -> None:
        """Let random disconnects happen; `elapsed` seconds have passed."""
        if self._disconnect_every > 0 and self._sim.faults.random.random() < elapsed / self._disconnect_every:
            self._cut(self._refuse_after)

    def _cut(self, refuse: float) -> None:
        self._sim.refuse_until = self._sim.time_of_faults() + refuse
        self._sim.journal.add("cut", clients=len(self._sim.sessions.all))
        for session in list(self._sim.sessions.all.values()):
            session.peer.abort()

    def _disconnect(self, options: Options) -> None:
        """Cut all websockets now, refuse new ones for `refuse` seconds; with `every` again and again at random moments."""
        self._refuse_after = _number(options, "refuse", 0.0)
        self._disconnect_every = _number(options, "every", 0.0)
        if self._disconnect_every == 0:
            self._cut(self._refuse_after)

    def _skew(self, options: Options) -> None:
        self._sim.skew_ms = int(_number(options, "ms", 0))

    def _list(self, options: Options) -> None:
        symbol = str(options["symbol"])
        now = self._sim.clock.now_ms()
        price = _number(options, "price", 0.0) or None
        self._sim.market.list_symbol(symbol, now, price)
        self._sim.rest.announcements.append(listing_announcement(symbol.removesuffix("USDT"), now))

    def _delist(self, options: Options) -> None:
        self._sim.market.delist(str(options["symbol"]))

    def _dip(self, options: Options) -> None:
        """Let a symbol fall by `depth` in a minute and come back in three."""
        self._sim.market.dip(str(options["symbol"]), self._sim.clock.now_ms(), _number(options, "depth", 0.2))

    def _revise(self, options: Options) -> None:
        """Change what REST says of a past candle: close and volume by `factor`."""
        symbol, interval, start = str(options["symbol"]), str(options["interval"]), int(_number(options, "start", 0))
        factor = _number(options, "factor", 1.01)
        market = self._sim.market
        candle = market.closed_candle(symbol, TIMEFRAMES[interval], start)[:, 0].tolist()
        open_, high, low, close, volume, turnover = candle
        close = max(1, round(close * factor))
        changed = [open_, max(high, close), min(low, close), close, round(volume * factor), round(turnover * factor)]
        self._sim.rest.revised[(symbol, interval, start)] = kline_row(market.spec(symbol), start, changed)

    def _chaos(self, options: Options) -> None:
        """Put the usual troubles of a bad day in force, `level` times as often as usual."""
        level = _number(options, "level", 1.0)
        for kind, probability, more in CHAOS:
            self._sim.faults.add(kind, probability=min(1.0, probability * level), **more)  # type: ignore[arg-type]
        self._disconnect({"every": _number(options, "disconnect_every", 600.0) / max(level, 1e-9), "refuse": 2.0})

    def _firehose(self, options: Options) -> None:
        """Send tickers at `rate` a second (0: as fast as they are taken) for `seconds`; a negative rate stops it."""
        rate = _number(options, "rate", 0.0)
        if rate < 0:
            self._sim.firehose.stop()
        else:
            self._sim.firehose.start(self._sim.clock.now_ms(), rate, _number(options, "seconds", 0.0))

    def _maintenance_window(self, options: Options) -> None:
        now = self._sim.clock.now_ms()
        begin, end = now + int(_number(options, "begin", 0)) * 1000, now + int(_number(options, "end", 600)) * 1000
        state = "ongoing" if begin <= now < end else "scheduled"
        self._sim.rest.maintenance.append(
            {
                "id": f"sim-{begin}", "title": str(options.get("title", "System upgrade")), "state": state, "begin": str(begin),
                "end": str(end), "href": "", "serviceTypes": [1, 2], "product": [1], "uidSuffix": [], "maintainType": 1, "env": 1,
            }
        )  # fmt: skip

    def answer(self, request: Request) -> Response:
        """Answer a control request."""
        order = request.path.removeprefix("/_sim/")
        try:
            if request.method == "POST" and order in ("fault", "clear", "reset"):
                options: Options = orjson.loads(request.body) if request.body else {}
                return self._order(order, options)
        except (ValueError, KeyError, TypeError) as error:
            return json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, 400)
        return self._report(order, request)

    def _order(self, order: str, options: Options) -> Response:
        if order == "fault":
            self.fault(str(options.pop("kind")), options)
        elif order == "clear":
            kind = options.get("kind")
            self.clear(str(kind) if kind else None)
        else:
            self.reset()
        return json_response({"ok": True, "faults": self._sim.faults.listing()})

    def _report(self, order: str, request: Request) -> Response:
        sim = self._sim
        if order == "log":
            kind = request.query.get("kind")
            return json_response(sim.journal.entries(kind or None, int(request.query.get("after", "0"))))
        if order == "closes":
            after = float(request.query.get("after", "0"))
            return json_response(
                [[close.symbol, close.interval, close.start, close.wall] for close in sim.closes if close.wall > after]
            )
        if order == "state":
            return json_response(
                {
                    "now_ms": sim.clock.now_ms(), "speed": sim.clock.speed, "symbols": sim.market.symbols,
                    "clients": len(sim.sessions.all), "sent": sim.delivery.sent,
                    "firehose_sent": sim.firehose.sent, "firehose_running": sim.firehose.running, "faults": sim.faults.listing(),
                }
            )  # fmt: skip
        return json_response({"ok": False, "error": "not found"}, 404)


def _number(options: Options, name: str, default: float) -> float:
    value = options.get(name, default)
    if not isinstance(value, int | float):
        raise TypeError(f"expected a number for {name}, got {value!r}")
    return float(value)
