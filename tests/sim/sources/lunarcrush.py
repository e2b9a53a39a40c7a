"""LunarCrush v4: the list of coins, behind a token. Crowds like most; two coins share a symbol, one is scrambled."""

import random
from collections.abc import Sequence

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

COINS = ("BTC", "ETH", "XRP", "BNB", "SOL", "DOGE", "ADA", "TRX", "LINK", "AVAX", "TON", "DOT", "LTC", "SHIB", "NEAR", "UNI")


class LunarCrush:
    """The list. `rows`, once set, is answered as it is; `token` is the only key there is."""

    token = "a-lunarcrush-key"

    def __init__(self, clock: Clock, seed: int, coins: Sequence[str] = COINS) -> None:
        self._clock, self._seed, self._coins = clock, seed, coins
        self.rows: list[object] | None = None

    def answer(self, request: Request) -> Response | None:
        """Answer what is LunarCrush's, None for everything else."""
        if request.path != "/lunarcrush/coins/list/v1":
            return None
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return json_response({"error": "Invalid API key"}, 401)
        rows = self._rows() if self.rows is None else self.rows
        limit = int(request.query.get("limit", "10"))
        config = {"sort": request.query.get("sort"), "limit": limit, "page": 0, "total_rows": len(rows), "generated": self._now()}
        return json_response({"config": config, "data": rows[:limit]})

    def _now(self) -> int:
        return self._clock.now_ms() // 1000 // 600 * 600

    def _rows(self) -> list[object]:
        rows: list[object] = []
        for rank, coin in enumerate(self._coins, 1):
            drawn = random.Random(f"lunar {self._seed} {coin} {self._now() // 10_800}")
            rows.append(
                {
                    "id": rank,
                    "symbol": coin,
                    "name": coin.title(),
                    "price": 100 / rank,
                    "market_cap": 1e12 / rank,
                    "market_cap_rank": rank,
                    "interactions_24h": 90_000_000 // rank,
                    "social_volume_24h": 150_000 // rank,
                    "social_dominance": 25 / rank,
                    "galaxy_score": drawn.randint(30, 80),
                    "alt_rank": drawn.randint(1, 900),
                    "sentiment": drawn.randint(65, 92),
                    "categories": "layer-1",
                    "blockchains": [],
                    "topic": coin.lower(),
                    "max_supply": None,
                }
            )
        rows.append(
            {"id": 9001, "symbol": "BTC", "name": "Batcat", "market_cap_rank": 4000, "sentiment": 3, "social_volume_24h": 1}
        )
        rows.append({"id": 9002, "symbol": "NEW", "name": "XXX", "market_cap_rank": None, "sentiment": "XXX"})
        return rows
