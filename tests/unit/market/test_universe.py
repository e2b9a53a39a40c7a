"""Which pairs are worth watching; and the real list of the recorded session."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.market.sources import payloads
from functions.market.universe import Instrument, Ticker, rank_by_turnover, top, tradable, unknown_kinds

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
        pair("TSLAMUSDT", kind="mstocks"),
        pair("XYZUSDT", kind="a kind of tomorrow"),
        pair("BTC3LUSDT"),
        pair("ETH2SUSDT"),
    ],
)
def test_pairs_that_say_nothing_are_left_out(left_out: Instrument) -> None:
    assert not tradable(left_out)
    assert tradable(pair("BTCUSDT"))


@pytest.mark.parametrize("coin", [pair("BTCUSDT"), pair("NEWUSDT", kind="adventure"), pair("1INCHUSDT"), pair("JUPUSDT")])
def test_coins_are_worth_watching(coin: Instrument) -> None:
    assert tradable(coin)


def test_kinds_that_nobody_has_judged_are_counted() -> None:
    pairs = [pair("AUSDT"), pair("BUSDT", kind="xstocks"), pair("CUSDT", kind="mstocks"), pair("DUSDT", kind="mstocks")]
    assert unknown_kinds(pairs) == {"mstocks": 2}


@pytest.mark.parametrize("name", ["", "BTC/USDT", "btcusdt", "币安人生USDT", "B" * 31, "BTC USDT", None])
def test_a_ticker_has_the_name_of_a_pair(name: str) -> None:
    with pytest.raises(ValueError, match="name of a pair"):
        ticker(name, 1.0)


@pytest.mark.parametrize("field", ["high", "low", "volume", "turnover", "change"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_ticker_has_possible_numbers(field: str, value: float) -> None:
    sound: Any = ticker("BTCUSDT", 1.0)
    if (field, value) == ("change", 1e300):
        value = float("inf")
    with pytest.raises(ValueError, match="last 24 hours"):
        replace(sound, **{field: value})


@pytest.mark.parametrize("field", ["high", "low", "volume", "turnover"])
def test_the_last_day_of_a_ticker_is_not_below_zero(field: str) -> None:
    sound: Any = ticker("BTCUSDT", 1.0)
    assert replace(sound, **{field: 0.0}) is not None
    with pytest.raises(ValueError, match="last 24 hours"):
        replace(sound, **{field: -1.0})


def test_only_what_trades_is_ranked_and_a_pair_without_a_ticker_comes_last() -> None:
    pairs = [pair("AUSDT"), pair("BUSDT"), pair("PREUSDT", status="PreLaunch"), pair("GONEUSDT", status="Closed")]
    ranked = rank_by_turnover(pairs, [ticker("PREUSDT", 9e9), ticker("GONEUSDT", 9e9), ticker("BUSDT", 0.5)])
    assert [(one.instrument.symbol, one.rank, one.turnover) for one in ranked] == [("BUSDT", 1, 0.5), ("AUSDT", 2, 0.0)]


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
