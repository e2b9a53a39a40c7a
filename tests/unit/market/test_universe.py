"""Which pairs are worth watching; and the real list of the recorded session."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from functions.market.sources import payloads
from functions.market.universe import Instrument, Ticker, rank_by_turnover, top, tradable

RECORDED = Path(__file__).parents[4] / "shared/data/payloads/bybit_v5_recorded_2026/instruments_info_spot.json.gz"


def pair(symbol: str, *, quote: str = "USDT", status: str = "Trading", kind: str = "", special: bool = False) -> Instrument:
    base = symbol.removesuffix(quote)
    return Instrument(symbol, base, quote, status, Decimal("0.1"), Decimal("0.001"), Decimal(5), kind, special)


def ticker(symbol: str, turnover: float) -> Ticker:
    return Ticker(symbol, 1.0, 1.0, 1.0, 1.0, turnover, 0.0, datetime(2024, 3, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "left_out",
    [
        pair("USDCUSDT"),
        pair("EURUSDT"),
        pair("WBTCUSDT"),
        pair("AAPLXUSDT", kind="xstocks"),
        pair("FTTUSDT", special=True),
        pair("BTCUSDC", quote="USDC"),
        pair("OLDUSDT", status="PreLaunch"),
    ],
)
def test_pairs_that_say_nothing_are_left_out(left_out: Instrument) -> None:
    assert not tradable(left_out)
    assert tradable(pair("BTCUSDT"))


def test_ranking_is_by_turnover_then_name_and_top_skips_what_is_not_tradable() -> None:
    pairs = [pair("AUSDT"), pair("USDCUSDT"), pair("BUSDT"), pair("CUSDT"), pair("DUSDC", quote="USDC")]
    ranked = rank_by_turnover(pairs, [ticker("USDCUSDT", 9), ticker("BUSDT", 5), ticker("CUSDT", 5)])
    assert [(one.instrument.symbol, one.rank) for one in ranked] == [("USDCUSDT", 1), ("BUSDT", 2), ("CUSDT", 3), ("AUSDT", 4)]
    assert top(ranked, 2) == ["BUSDT", "CUSDT"]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded session is not in ../shared")
def test_the_real_list_is_read_whole() -> None:
    answer = json.loads(gzip.decompress(RECORDED.read_bytes()))
    odd: list[str] = []
    pairs = payloads.instruments(answer, odd.append)
    assert odd == []
    usdt = [one for one in pairs if one.quote == "USDT"]
    assert (len(pairs), len(usdt)) == (557, 410)
    kept = {one.symbol for one in usdt if tradable(one)}
    assert {"BTCUSDT", "ETHUSDT", "SOLUSDT"} <= kept
    assert not {"USDCUSDT", "USDEUSDT", "XAUTUSDT", "STETHUSDT"} & kept
    assert len(kept) > 350
