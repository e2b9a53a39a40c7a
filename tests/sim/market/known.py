"""Known coins at the prices of 5 March 2024, about noon UTC, moving as they did in those weeks: a market that a trader believes.

Only the level is of that day: the path before and after it is drawn like any other.
"""

from dataclasses import replace

from tests.sim.market.exchange import Market
from tests.sim.market.series import GeneratedSeries
from tests.sim.market.symbols import SymbolSpec, make_coins, make_others, make_spec

PRICED_ON = 19_787  # 2024-03-05, in days since the epoch
PRICES = {
    "BTC": 66_800.0, "ETH": 3_740.0, "SOL": 129.5, "XRP": 0.6215, "DOGE": 0.1795, "ADA": 0.738, "TRX": 0.1392, "AVAX": 41.9,
    "LINK": 19.6, "SHIB": 3.79e-5, "DOT": 10.15, "PEPE": 8.21e-6, "SUI": 1.585, "NEAR": 4.46, "LTC": 88.4, "APT": 12.65,
    "UNI": 12.9, "ARB": 2.046, "ICP": 13.42, "FET": 1.868, "TON": 2.71, "BCH": 471.0, "OP": 4.02, "HBAR": 0.1148, "ETC": 34.2,
    "XLM": 0.1361, "FIL": 8.93, "ATOM": 12.1, "INJ": 41.3, "STX": 2.93, "WBTC": 66_800.0, "FTT": 2.14, "PONKE": 0.386,
    "ELIZAOS": 0.021, "AAPLX": 170.1, "TSLAX": 180.7,
}  # fmt: skip
_CALM = 0.45  # of what is drawn: with the market's 2% a day a coin moves about 2 to 4% a day


def known_market(symbols: int, seed: int) -> Market:
    """Return a market of `symbols` plain USDT pairs and the others, each known one at its price of the day."""
    specs = [_known(spec, seed) for spec in make_coins(symbols, seed) + make_others(seed)]
    return Market([GeneratedSeries(spec, seed, (PRICED_ON, spec.price)) for spec in specs], seed)


def _known(spec: SymbolSpec, seed: int) -> SymbolSpec:
    """Return a pair at its known price, as a calm one; what is not known stays as it was drawn."""
    price = PRICES.get(spec.base)
    if price is None or spec.quote not in ("USDT", "USDC"):
        return spec
    priced = make_spec(
        spec.symbol, spec.base, spec.quote, seed=seed, rank=1, price=price,
        special_treatment=spec.special_treatment, symbol_type=spec.symbol_type,
    )  # fmt: skip
    return replace(
        priced, daily_turnover=spec.daily_turnover, spread=spec.spread,
        own_volatility=spec.own_volatility * _CALM, beta=1 + (spec.beta - 1) * _CALM,
    )  # fmt: skip
