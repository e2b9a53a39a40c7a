"""From quotes and candles to picks with their reasons."""

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.screener.filters import FilterResult
from functions.screener.pick import pick, quotes_of, sift
from functions.screener.rules import Filters, PartWeights
from tests.unit.screener.market import NOW, instrument, quotes, ticker
from tests.unit.technical.making import END, grid, walk

NAMES = ("AAAUSDT", "BBBUSDT")


def test_quotes_are_by_name_and_a_pair_without_ticker_is_unknown() -> None:
    found = quotes_of([instrument("BBBUSDT"), instrument("AAAUSDT", kind="xstocks")], [ticker("BBBUSDT", bid=None)], NOW)
    assert found.symbols == NAMES
    assert found.tradable.tolist() == [False, True]
    assert np.isnan(found.price[0])
    assert (found.price[1], found.age[1]) == (100.0, 0.0)
    assert np.isnan(found.bid[1])


def test_sift_names_what_each_pair_failed() -> None:
    pairs = quotes(4, turnover=[2e6, 1.0, 2e6, 1.0], bid=[99.95, 99.95, None, 99.95])
    passed, left_out = sift(pairs, Filters())
    assert passed.symbols == ("P00USDT",)
    assert left_out == {FilterResult.TURNOVER_LOW: ["P01USDT", "P03USDT"], FilterResult.NO_QUOTE: ["P02USDT"]}


def test_rising_pair_is_up_and_falling_pair_is_down() -> None:
    steps = np.linspace(0, 1, 300)
    candles = grid(Timeframe.D1, np.exp(np.array([steps, -steps])) * 100, symbols=("P00USDT", "P01USDT"), spread=0.02)
    up, down = sorted(pick(quotes(2), candles, NOW, PartWeights()), key=lambda one: one.symbol)
    assert (up.direction, down.direction) == ("up", "down")
    codes = {one.symbol: [why.code.value for why in one.reasons] for one in (up, down)}
    assert set(codes["P00USDT"]) == {"volume_high", "volatility_healthy", "trend_up", "rsi_stretched"}
    assert set(codes["P01USDT"]) == {"volume_high", "volatility_healthy", "trend_down", "rsi_stretched"}
    assert codes["P00USDT"][-1] == "rsi_stretched", "what earned nothing comes last"


def test_young_pair_has_the_parts_its_candles_allow() -> None:
    candles = walk(Timeframe.D1, ["P00USDT"], 30)
    [one] = pick(quotes(), candles, NOW, PartWeights())
    assert (one.parts["trend"], one.parts["rsi"], one.direction) == (None, None, None)
    assert one.parts["volume"] is not None
    assert one.parts["volatility"] is not None
    assert one.coverage == 0.35
    assert [why.text for why in one.reasons[2:]] == ["trend not known: 30 daily candles", "rsi not known: 30 daily candles"]


def test_late_candles_say_nothing_and_the_reason_says_how_late() -> None:
    candles = walk(Timeframe.D1, ["P00USDT"], 300, end=END - Timeframe.D1.span)
    [one] = pick(quotes(), candles, NOW, PartWeights())
    assert (one.score, one.coverage) == (0.0, 0.0)
    assert one.reasons[0].text == "trend not known: P00USDT 1d is 1 candle late"


def test_flat_price_is_no_trend_and_no_range() -> None:
    candles = grid(Timeframe.D1, np.full((1, 300), 100.0), symbols=["P00USDT"], spread=0.0)
    [one] = pick(quotes(), candles, NOW, PartWeights())
    assert (one.direction, one.parts["trend"], one.parts["rsi"], one.parts["volatility"]) == ("none", 0.0, 0.0, 0.0)


def test_candles_of_other_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="expected candles of 1 pairs"):
        pick(quotes(), walk(Timeframe.D1, ["OTHERUSDT"], 30), NOW, PartWeights())
