"""Run the simulated outside world: `python -m tests.sim --bybit-port 9001 --telegram-port 9002`."""

import asyncio
import contextlib
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvloop

from tests.sim.bybit.feed import Pace
from tests.sim.bybit.server import DEFAULT_START, BybitSim
from tests.sim.bybit.trouble import RateLimit
from tests.sim.clock import AffineClock
from tests.sim.journal import Entry
from tests.sim.market.known import known_market
from tests.sim.sources.greed import market_greed
from tests.sim.sources.server import SourcesSim
from tests.sim.telegram.rates import Rates
from tests.sim.telegram.server import DEFAULT_CHAT, DEFAULT_TOKEN, TelegramSim

_SHARED = Path(__file__).parents[3] / "shared" / "data"
DEFAULT_DATA = _SHARED / "ohlcv" / "spot_5m_2024h1"
DEFAULT_INSTRUMENTS = _SHARED / "payloads" / "bybit_v5_recorded_2026" / "instruments_info_spot.json.gz"


def main(
    bybit_port: Annotated[int, typer.Option(help="0 takes a free port")] = 0,
    telegram_port: Annotated[int, typer.Option(help="0 takes a free port")] = 0,
    sources_port: Annotated[int, typer.Option(help="0 takes a free port")] = 0,
    data: Annotated[
        str, typer.Option(help="folder of SYMBOL.parquet with 5m candles; 'none' draws all; 'known' at prices of 5 March 2024")
    ] = "auto",
    seed: int = 1,
    symbols: Annotated[int, typer.Option(help="how many plain USDT pairs")] = 50,
    clock: Annotated[str, typer.Option(help="MARKET@WALLxSPEED, as the setting MARKET_CLOCK")] = "",
    market_start: Annotated[str, typer.Option(help="market time at the start, ISO")] = DEFAULT_START,
    speed: Annotated[float, typer.Option(help="market seconds in a wall second")] = 1.0,
    token: Annotated[str, typer.Option(help="the bot's token")] = DEFAULT_TOKEN,
    chat: Annotated[list[int] | None, typer.Option(help="a chat that exists; may be given often")] = None,
    ticker_ms: Annotated[float, typer.Option(help="a symbol's ticker every so many ms")] = 100.0,
    tickers_per_second: Annotated[float, typer.Option(help="at most so many ticker messages, all symbols together")] = 2000.0,
    rate_limits: Annotated[bool, typer.Option(help="enforce the real limits of Bybit and Telegram")] = False,
) -> None:
    """Run all simulators until SIGTERM or SIGINT; the first line on stdout is JSON with the addresses."""
    market_clock = AffineClock.parse(clock) if clock else AffineClock.starting(market_start, speed)
    bybit = BybitSim(
        clock=market_clock,
        market=known_market(symbols, seed) if data == "known" else None,
        symbols=symbols,
        seed=seed,
        data=_folder(data),
        instruments=DEFAULT_INSTRUMENTS if data == "auto" and DEFAULT_INSTRUMENTS.exists() else None,
        port=bybit_port,
        pace=Pace(ticker_every=ticker_ms / 1000, tickers_per_second=tickers_per_second),
        rate_limit=RateLimit() if rate_limits else None,
    )
    telegram = TelegramSim(
        port=telegram_port, token=token, chats=chat or [DEFAULT_CHAT], seed=seed, rates=Rates() if rate_limits else None
    )
    telegram.journal.listen(_print_call)
    greed = partial(market_greed, bybit.market)
    sources = SourcesSim(port=sources_port, clock=market_clock, seed=seed, greed=greed, newsroom=True)
    uvloop.run(_serve(bybit, telegram, sources, market_clock))


def _folder(data: str) -> Path | None:
    if data in ("none", "known"):
        return None
    if data == "auto":
        return DEFAULT_DATA if DEFAULT_DATA.is_dir() else None
    if not Path(data).is_dir():
        raise typer.BadParameter(f"expected a folder, got {data}")
    return Path(data)


async def _serve(bybit: BybitSim, telegram: TelegramSim, sources: SourcesSim, clock: AffineClock) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with bybit, telegram, sources:
        ready = {
            "event": "ready", "bybit_rest_url": bybit.rest_url, "bybit_ws_url": bybit.ws_url, "telegram_api_url": telegram.url,
            "telegram_bot_token": telegram.token, "telegram_chat_ids": telegram.chat_ids, "market_clock": clock.text,
            "symbols": len(bybit.market.symbols), "fear_greed_url": sources.base("fng"),
            "coingecko_url": sources.base("coingecko"), "rss_url": sources.base("rss"),
            "lunarcrush_url": sources.base("lunarcrush"), "posts_url": sources.base("posts/search"),
            "reddit_url": sources.base(""), "reddit_oauth_url": sources.base(""),
            "defillama_url": sources.base("llama"), "stablecoins_url": sources.base("stablecoins"),
            "cryptoquant_url": sources.base("cryptoquant"), "dune_url": sources.base("dune"),
            "whale_alert_url": sources.base("whale"), "whale_alert_ws_url": sources.base("whale/ws").replace("http", "ws"),
            "gamma_url": sources.base("gamma"), "clob_url": sources.base("clob"),
        }  # fmt: skip
        _print(ready)
        await stop.wait()


def _print_call(entry: Entry) -> None:
    """Print a line for each thing the bot says, and each refusal."""
    parameters = entry.get("parameters")
    if not isinstance(parameters, dict) or entry["method"] in ("getUpdates", "getMe"):
        return
    _print(
        {
            "event": "telegram", "method": entry["method"], "ok": entry["ok"], "chat_id": parameters.get("chat_id"),
            "text": parameters.get("text") or parameters.get("caption"), "error": entry.get("description"),
        }
    )  # fmt: skip


def _print(line: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
