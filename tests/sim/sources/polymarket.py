"""Polymarket's gamma lists and CLOB books, as rough as they are: lists inside of texts, prices missing, cursors that go round."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal

import orjson

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

LARGEST_PAGE = 100
CRYPTO = {"id": "21", "label": "Crypto", "slug": "crypto"}


@dataclass(slots=True)
class Bet:
    """One market; a test changes what it likes.

    `probability` is that of Yes, or of the first outcome; `left_out` and `instead` spoil fields of the answer.
    """

    id: str
    question: str
    probability: float
    ends_at: datetime
    spread: float = 0.02
    outcomes: tuple[str, str] = ("Yes", "No")
    volume: float = 800_000.0
    volume_24h: float = 50_000.0
    liquidity: float = 90_000.0
    slug: str = ""
    last_trade: float | None = None
    closed: bool = False
    winner: str = ""
    statuses: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    instead: dict[str, object] = field(default_factory=dict)

    @property
    def first(self) -> float:
        """Return the probability of the first outcome, whose book gamma quotes."""
        return 1 - self.probability if self.outcomes[1] == "Yes" else self.probability

    def row(self) -> dict[str, object]:
        """Return it as gamma writes it."""
        prices = [float(name == self.winner) for name in self.outcomes] if self.winner else [self.first, 1 - self.first]
        traded = self.first if self.last_trade is None else self.last_trade
        row: dict[str, object] = {
            "id": self.id, "question": self.question, "conditionId": f"0x{self.id}", "slug": self.slug or f"bet-{self.id}",
            "startDate": "2024-01-01T00:00:00Z", "endDate": self.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "outcomes": orjson.dumps(self.outcomes).decode(),
            "outcomePrices": orjson.dumps([f"{p:.4g}" for p in prices]).decode(),
            "clobTokenIds": orjson.dumps([f"{self.id}0001", f"{self.id}0002"]).decode(),
            "umaResolutionStatuses": orjson.dumps(self.statuses).decode(),
            "volume": f"{self.volume:.2f}", "volumeNum": self.volume, "volume24hr": self.volume_24h,
            "liquidity": f"{self.liquidity:.2f}", "closed": self.closed, "active": True, "archived": False,
            "bestBid": max(self.first - self.spread / 2, 0), "bestAsk": min(self.first + self.spread / 2, 1),
            "lastTradePrice": traded, "spread": self.spread, "oneDayPriceChange": 0.01,
        }  # fmt: skip
        return {name: value for name, value in {**row, **self.instead}.items() if name not in self.left_out}

    def book(self, token: str) -> dict[str, object]:
        """Return its order book, the best price of each side last."""
        price = self.first if token.endswith("1") else 1 - self.first
        traded = price if self.last_trade is None else self.last_trade
        bids, asks = ([{"price": f"{price + sign * self.spread * k:.4f}", "size": "50"} for k in (2, 1, 0.5)] for sign in (-1, 1))
        return {"market": f"0x{self.id}", "asset_id": token, "bids": bids, "asks": asks, "last_trade_price": f"{traded:.4f}"}


@dataclass(slots=True)
class BetEvent:
    """A group of markets."""

    id: str
    title: str
    bets: list[Bet]
    exclusive: bool = False
    crypto: bool = True

    def row(self) -> dict[str, object]:
        """Return it as gamma writes it."""
        tags = [CRYPTO] if self.crypto else [{"id": "1", "label": "Sports", "slug": "sports"}]
        return {
            "id": self.id, "slug": f"event-{self.id}", "title": self.title, "negRisk": self.exclusive, "tags": tags,
            "closed": all(bet.closed for bet in self.bets), "volume24hr": sum(bet.volume_24h for bet in self.bets),
            "markets": [bet.row() for bet in self.bets],
        }  # fmt: skip


Cursors = Literal["", "stuck", "unknown"]


class Polymarket:
    """Both interfaces. `events` is what there is; without a test's hand its probabilities wander with the clock.

    `cursors`: `stuck` answers each page with the cursor it was asked by, `unknown` takes every cursor for none.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.events = _drawn(datetime.fromtimestamp(clock.now_ms() / 1000, UTC), seed)
        self.wanders = True
        self.cursors: Cursors = ""
        self.ordered = True
        self.largest_page = LARGEST_PAGE

    def answer(self, request: Request) -> Response | None:
        """Answer what is Polymarket's, None for everything else."""
        if self.wanders:
            self._wander()
        if request.path == "/gamma/events/keyset":
            return self._page(request)
        if request.path.startswith("/gamma/markets/"):
            bet = self.bet(request.path.rpartition("/")[2])
            return json_response(bet.row()) if bet else json_response({"error": "not found"}, 404)
        if request.path == "/clob/book":
            token = request.query.get("token_id", "")
            bet = self.bet(token[:-4])
            return json_response(bet.book(token)) if bet else json_response({"error": "No orderbook exists"}, 404)
        return None

    def bet(self, bet_id: str) -> Bet | None:
        """Return a market."""
        return next((bet for event in self.events for bet in event.bets if bet.id == bet_id), None)

    def _page(self, request: Request) -> Response:
        if "offset" in request.query:
            return json_response({"type": "validation error", "error": "offset is not supported"}, 422)
        rows = [event for event in self.events if not all(bet.closed for bet in event.bets)]
        if self.ordered:
            rows = sorted(rows, key=lambda event: -sum(bet.volume_24h for bet in event.bets))
        size = min(int(request.query.get("limit", "20")), self.largest_page)
        asked = "" if self.cursors == "unknown" else request.query.get("after_cursor", "")
        start = int(asked.removeprefix("c") or 0)
        page: dict[str, object] = {"events": [event.row() for event in rows[start : start + size]]}
        if self.cursors == "stuck":
            page["next_cursor"] = asked or "c0"
        elif start + size < len(rows):
            page["next_cursor"] = f"c{start + size}"
        return json_response(page)

    def _wander(self) -> None:
        hour = self._clock.now_ms() // 3_600_000
        for event in self.events:
            for bet in event.bets:
                drawn = random.Random(f"odds {self._seed} {bet.id} {hour // 6}")
                middle = random.Random(f"odds {self._seed} {bet.id}").uniform(0.2, 0.8)
                bet.probability = min(max(middle + drawn.uniform(-0.04, 0.04), 0.02), 0.98)


def _drawn(now: datetime, seed: int) -> list[BetEvent]:
    drawn, number = random.Random(f"bets {seed}"), count(540_817)
    end = now + timedelta(days=200)

    def bet(question: str) -> Bet:
        return Bet(str(next(number)), question, 0.5, end, volume_24h=round(drawn.uniform(20_000, 300_000)))

    levels = (("Bitcoin", "100,000", "40,000"), ("Ethereum", "5,000", "2,000"), ("Solana", "300", "80"))
    events = []
    for index, (coin, high, low) in enumerate(levels):
        bets = [bet(f"Will {coin} reach ${high}?"), bet(f"Will {coin} dip to ${low}?")]
        events.append(BetEvent(str(9001 + index), f"What price will {coin} hit this year?", bets))
    events.append(
        BetEvent("9010", "Crypto law", [bet("Will the SEC approve a Solana ETF?"), bet("Crypto bill signed into law?")])
    )
    events.append(BetEvent("9011", "Stablecoins", [bet("Will USDT depeg this year?")]))
    return events
