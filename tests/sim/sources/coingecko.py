"""CoinGecko v3: the overview, what is looked for, and one coin a call with its votes; any figure may be null."""

import random

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

TRENDING = (("Pepe", "PEPE", 28), ("Solana", "SOL", 5), ("Bonk", "BONK", 60), ("Newcomer", "NEWC", None), ("Sui", "SUI", 12))


class CoinGecko:
    """All of it. `votes` has shares of good votes by CoinGecko's ids, None for none; without a test's hand they are drawn."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.votes: dict[str, float | None] = {}

    def answer(self, request: Request) -> Response | None:
        """Answer what is CoinGecko's, None for everything else."""
        if request.path == "/coingecko/global":
            return self._global()
        if request.path == "/coingecko/search/trending":
            return self._trending()
        if request.path.startswith("/coingecko/coins/"):
            return self._coin(request.path.rpartition("/")[2])
        return None

    def _drawn(self, name: str, seconds: int) -> random.Random:
        return random.Random(f"{name} {self._seed} {self._now() // seconds}")

    def _now(self) -> int:
        return self._clock.now_ms() // 1000

    def _global(self) -> Response:
        drawn = self._drawn("global", 600)
        share = 50 + drawn.random() * 10
        data = {
            "active_cryptocurrencies": 17111,
            "markets": 1297,
            "total_market_cap": {"usd": 2.5e12},
            "market_cap_percentage": {"btc": share, "eth": 60 - share + 7},
            "market_cap_change_percentage_24h_usd": drawn.uniform(-5, 5),
            "updated_at": self._now() // 600 * 600,
        }
        return json_response({"data": data})

    def _trending(self) -> Response:
        coins = [
            {
                "item": {
                    "id": name.lower(),
                    "coin_id": 30_000 + score,
                    "name": name,
                    "symbol": symbol,
                    "market_cap_rank": rank,
                    "score": score,
                    "slug": name.lower(),
                    "price_btc": 1e-9,
                    "data": {
                        "price": 0.5,
                        "price_btc": "0.000000001",
                        "market_cap": "$104,127,324",
                        "total_volume": "$3,463,333",
                        "price_change_percentage_24h": {"usd": 4.2},
                        "content": None,
                    },
                }
            }
            for score, (name, symbol, rank) in enumerate(TRENDING)
        ]
        return json_response({"coins": coins, "nfts": [], "categories": []})

    def _coin(self, name: str) -> Response:
        up = self.votes.get(name, round(self._drawn(f"votes {name}", 10_800).uniform(60, 90), 2))
        return json_response(
            {
                "id": name,
                "symbol": name[:3],
                "sentiment_votes_up_percentage": up,
                "sentiment_votes_down_percentage": None if up is None else 100 - up,
                "watchlist_portfolio_users": 1_500_000,
                "community_data": {
                    "facebook_likes": None,
                    "reddit_subscribers": 0,
                    "reddit_average_posts_48h": 0.0,
                    "telegram_channel_user_count": None,
                },
                "last_updated": "2024-03-05T12:00:00.000Z",
            }
        )
