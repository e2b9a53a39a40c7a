"""DefiLlama: stablecoins with their supply of now and before, exchanges with balances and flows, and fields that are absent."""

import random

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

_COINS = (("Tether", "USDT", 1.4e11), ("USD Coin", "USDC", 6e10), ("Dai", "DAI", 5e9), ("Ethena USDe", "USDe", 6e9))
_EXCHANGES = ("Binance", "OKX", "Bitfinex", "Bybit", "Robinhood", "Gate", "HTX", "Bitget", "Deribit", "KuCoin")


class DefiLlama:
    """Both hosts. Without a test's hand figures follow the clock; `coins` and `exchanges`, once set, are answered as they are."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.coins: list[dict[str, object]] | None = None
        self.exchanges: list[dict[str, object]] | None = None

    def answer(self, request: Request) -> Response | None:
        """Answer what is DefiLlama's, None for everything else."""
        if request.path == "/stablecoins/stablecoins":
            return json_response({"peggedAssets": self._coins() if self.coins is None else self.coins})
        if request.path == "/llama/cexs":
            return json_response({"cexs": self._exchanges() if self.exchanges is None else self.exchanges, "cg_volume_cexs": []})
        return None

    def _drawn(self, name: str) -> random.Random:
        return random.Random(f"llama {self._seed} {name} {self._clock.now_ms() // 3_600_000}")

    def _coins(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for number, (name, symbol, supply) in enumerate(_COINS, 1):
            change = self._drawn(symbol).uniform(-0.002, 0.006)
            row: dict[str, object] = {
                "id": str(number), "name": name, "symbol": symbol, "gecko_id": name.lower(), "pegType": "peggedUSD",
                "pegMechanism": "fiat-backed", "circulating": {"peggedUSD": supply * (1 + change)},
                "circulatingPrevDay": {"peggedUSD": supply * (1 + change * 6 / 7)}, "circulatingPrevWeek": {"peggedUSD": supply},
                "circulatingPrevMonth": {"peggedUSD": supply * 0.99}, "chainCirculating": {}, "chains": ["Ethereum"],
            }  # fmt: skip
            rows.append(row)
        rows.append({"id": "50", "name": "Euro", "symbol": "EURC", "pegType": "peggedEUR", "circulating": {"peggedEUR": 2e8}})
        rows.append({"id": "51", "name": "New", "symbol": "NEWUSD", "pegType": "peggedUSD", "circulating": {"peggedUSD": 1e6}})
        return rows

    def _exchanges(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for number, name in enumerate(_EXCHANGES):
            balance = 1.5e11 / (number + 1)
            flow = balance * self._drawn(name).uniform(-0.01, 0.01)
            row: dict[str, object] = {
                "name": name, "slug": name.lower(), "cgId": name.lower(), "currentTvl": balance * 1.1, "cleanAssetsTvl": balance,
                "inflows_24h": flow, "inflows_1w": flow * 3, "inflows_1m": flow * 5, "tvl": 0,
            }  # fmt: skip
            rows.append(row)
        return [*rows, {"name": "Coinbase"}, {"name": "New", "currentTvl": 1e9, "inflows_24h": None}]
