"""Whale Alert: the REST interface of version 1 with cursors and a budget, and the alerts websocket, over one list of transfers.

As rough as theirs: an empty page has no `transactions`, the case of symbols varies, an unknown owner is absent or empty,
the websocket names who and not what, and a cursor that is too old is refused.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.sim.clock import Clock
from tests.sim.journal import Journal
from tests.sim.wire.http import Request, Response, json_response
from tests.sim.wire.websocket import Peer, text_frame

KEY = "whale-key-for-tests"
OWNERS = ("binance", "coinbase", "kraken", "bybit")


@dataclass(slots=True)
class Transfer:
    """One transfer; a test changes what it likes."""

    number: int
    at: int
    symbol: str
    amount: float
    usd: float
    sender: str = ""  # an exchange, or nobody
    recipient: str = ""
    blockchain: str = "ethereum"
    action: str = "transfer"
    sender_address: str = ""
    recipient_address: str = ""

    @property
    def hash(self) -> str:
        """Return the chain's name of it."""
        return f"{self.number:064x}"

    def row(self) -> dict[str, object]:
        """Return it as the REST interface writes it."""
        return {
            "blockchain": self.blockchain, "symbol": self.symbol.upper() if self.number % 2 else self.symbol.lower(),
            "id": str(655_000_000 + self.number), "transaction_type": self.action, "hash": self.hash,
            "from": self._side(self.sender, self.sender_address or f"{self.number:040x}"),
            "to": self._side(self.recipient, self.recipient_address or f"{self.number + 2**80:040x}"),
            "timestamp": self.at, "amount": self.amount, "amount_usd": self.usd, "transaction_count": 1,
        }  # fmt: skip

    def alert(self, channel: str) -> dict[str, object]:
        """Return it as the websocket sends it."""
        sides = (
            self._account(self.sender, self.sender_address or f"{self.number:040x}"),
            self._account(self.recipient, self.recipient_address or f"{self.number + 2**80:040x}"),
        )
        part = {
            "symbol": self.symbol.upper(), "transaction_type": self.action, "unit_price_usd": str(self.usd / self.amount),
            "inputs": [sides[0]], "outputs": [sides[1]],
        }  # fmt: skip
        return {
            "type": "alert", "channel_id": channel, "timestamp": self.at, "blockchain": self.blockchain,
            "transaction_type": self.action, "from": self.sender.title() or "unknown wallet",
            "to": self.recipient.title() or "unknown wallet",
            "amounts": [{"symbol": self.symbol.upper(), "amount": self.amount, "value_usd": self.usd}], "text": "...",
            "transaction": {
                "height": 19_000_000 + self.number, "index_in_block": 1, "timestamp": self.at, "hash": f"0x{self.hash}",
                "fee": "0.001", "fee_symbol": "ETH", "sub_transactions": [part],
            },
        }  # fmt: skip

    def _side(self, owner: str, address: str) -> dict[str, object]:
        if owner:
            return {"address": address, "owner": owner, "owner_type": "exchange"}
        return {"address": address, "owner_type": "unknown", **({"owner": ""} if self.number % 3 == 0 else {})}

    def _account(self, owner: str, address: str) -> dict[str, object]:
        known = {"owner": owner, "owner_type": "exchange", "address_type": "hot_wallet"} if owner else {}
        return {"address": f"0x{address}", "amount": str(self.amount), "balance": "1", **known}


@dataclass(slots=True)
class WhaleAlert:
    """Both interfaces. `wanders` draws a transaction a minute; a test adds its own by `add`."""

    clock: Clock
    seed: int
    wanders: bool = True
    largest_page: int = 100
    budget: int = 10  # calls in a minute of the wall's clock
    history: int = 3600  # seconds back that the plan allows
    paid: bool = True
    cursors: str = ""  # `stuck`: each page ends where it began
    altered: dict[str, object] | None = None  # a page, as it is answered
    transfers: list[Transfer] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    subscribed: list[dict[str, object]] = field(default_factory=list)
    calls_at: list[float] = field(default_factory=list)
    _minute: int = 0

    def add(self, *, told: bool = True, **values: object) -> Transfer:
        """Add a transfer of now and send it to who listens, unless it is not `told`; `usd` and so on as in `Transfer`."""
        number = len(self.transfers) + 1
        drawn: dict[str, Any] = {
            "number": number,
            "at": self.clock.now_ms() // 1000,
            "symbol": "ETH",
            "amount": 1000.0,
            "usd": 3e6,
        }
        made = Transfer(**{**drawn, **values})
        self.transfers.append(made)
        for peer in self.peers:
            if told and peer.open:
                peer.send(text_frame(orjson.dumps(made.alert("quorum"))))
        return made

    def answer(self, request: Request) -> Response | None:
        """Answer what is Whale Alert's, None for everything else."""
        if request.path == "/whale/_sim/transfer":
            return json_response({"hash": self.add(**orjson.loads(request.body)).hash})
        if request.path != "/whale/transactions":
            return None
        if request.headers.get("x-wa-api-key") != KEY:
            return json_response({"result": "error", "message": "invalid api_key"}, 401)
        if not self.paid:
            return json_response({"result": "error", "message": "your plan does not include this; upgrade your plan"}, 403)
        now = time.monotonic()
        self.calls_at = [*(at for at in self.calls_at if at > now - 60), now]
        if len(self.calls_at) > self.budget:
            return json_response({"result": "error", "message": "usage limit reached"}, 429, {"Retry-After": "30"})
        return self._page(request)

    def websocket(self, target: str, journal: Journal) -> Peer | Response | None:
        """Return the server's side of a websocket, or the refusal of its key; None for another path."""
        place = urlsplit(target)
        if place.path != "/whale/ws":
            return None
        if parse_qs(place.query).get("api_key") != [KEY]:
            return Response(401, b"invalid api_key", "text/plain")

        def subscribe(peer: Peer, message: bytes) -> None:
            self._on_text(peer, message)
            journal.add("ws", message=message)

        peer = Peer(subscribe, self.peers.remove)
        self.peers.append(peer)
        return peer

    def _on_text(self, peer: Peer, text: bytes) -> None:
        message = orjson.loads(text)
        self.subscribed.append(message)
        peer.send(text_frame(orjson.dumps({"type": "subscribed_alerts", "id": message.get("id"), "channel_id": "quorum"})))

    def _page(self, request: Request) -> Response:
        self._wander()
        if self.altered is not None:
            return json_response(self.altered)
        start = int(request.query.get("start", "0"))
        if start < self.clock.now_ms() // 1000 - self.history:
            return json_response({"result": "error", "message": "value out of range for start parameter"}, 400)
        least = float(request.query.get("min_value", "500000"))
        cursor = request.query.get("cursor", "")
        if cursor and not cursor.startswith("c"):
            return json_response({"result": "error", "message": "invalid cursor"}, 400)
        begin = int(cursor[1:] or 0) if cursor else 0
        known = [one for one in self.transfers[begin:] if one.at >= start and one.usd >= least]
        page = known[: min(int(request.query.get("limit", "100")), self.largest_page)]
        after = cursor or "c0"
        if page and self.cursors != "stuck":
            after = f"c{page[-1].number}"
        answer: dict[str, object] = {"result": "success", "cursor": after, "count": len(page)}
        if page:
            answer["transactions"] = [one.row() for one in page]
        return json_response(answer)

    def _wander(self) -> None:
        minute = self.clock.now_ms() // 60_000
        if not self.wanders or minute == self._minute:
            return
        self._minute = minute
        drawn = random.Random(f"whale {self.seed} {minute}")
        symbol = drawn.choice(("BTC", "ETH", "USDT", "USDC", "SOL"))
        sides = [drawn.choice((*OWNERS, "", "", "")) for _ in range(2)]
        self.add(symbol=symbol, usd=round(drawn.uniform(6e5, 9e6), 2), sender=sides[0], recipient=sides[1])
