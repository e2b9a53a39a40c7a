"""The screening of one moment as a pure function, and a ranked pair as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from functions.arrays import FloatArray
from functions.market.candles.grid import Candles
from functions.market.universe import Instrument, Ticker, tradable
from functions.reasons import Reason
from functions.screener.explain import why
from functions.screener.filters import FilterResult, Quotes, judge, spread
from functions.screener.measures import measure
from functions.screener.rank import PARTS, order, score
from functions.screener.rules import Filters, PartWeights

DIRECTIONS = {1.0: "up", -1.0: "down", 0.0: "none"}


@dataclass(frozen=True, slots=True)
class Pick:
    """One ranked pair.

    Attributes:
        rank: 1 is the best.
        symbol: its name.
        score: 0..1; what is not known earns nothing.
        coverage: 0..1, how much of the score is known.
        direction: of the daily trend: up, down or none; None when it is not known.
        price: last price, in USDT.
        change_24h: a fraction.
        turnover_24h: in USDT.
        spread: a fraction of the middle price.
        parts: the four scores, None where not known.
        reasons: the weightiest first.
    """

    rank: int
    symbol: str
    score: float
    coverage: float
    direction: str | None
    price: float
    change_24h: float
    turnover_24h: float
    spread: float
    parts: Mapping[str, float | None]
    reasons: tuple[Reason, ...]


def quotes_of(instruments: Iterable[Instrument], tickers: Iterable[Ticker], as_of: datetime) -> Quotes:
    """Return the quotes of USDT pairs, by name; a pair without a ticker is all NaN."""
    by_name = {ticker.symbol: ticker for ticker in tickers}
    pairs = sorted(instruments, key=lambda pair: pair.symbol)
    newest = [by_name.get(pair.symbol) for pair in pairs]
    ages = [np.nan if ticker is None else (as_of - ticker.exchange_time).total_seconds() for ticker in newest]
    return Quotes(
        symbols=tuple(pair.symbol for pair in pairs),
        tradable=np.array([tradable(pair) for pair in pairs], dtype=np.bool_),
        age=np.array(ages, dtype=np.float64),
        **{name: _column(newest, name) for name in ("price", "change", "volume", "turnover", "bid", "ask")},
    )


def _column(tickers: Iterable[Ticker | None], name: str) -> FloatArray:
    values = (None if ticker is None else getattr(ticker, name) for ticker in tickers)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def sift(quotes: Quotes, filters: Filters) -> tuple[Quotes, dict[FilterResult, list[str]]]:
    """Return the pairs that pass the filters, and the names of the others by what they failed."""
    verdicts = judge(quotes, filters)
    left_out: dict[FilterResult, list[str]] = {}
    for name, value in zip(quotes.symbols, verdicts.tolist(), strict=True):
        if value != FilterResult.PASSED:
            left_out.setdefault(FilterResult(value), []).append(name)
    return quotes.take(np.flatnonzero(verdicts == FilterResult.PASSED)), left_out


def pick(quotes: Quotes, candles: Candles, as_of: datetime, weights: PartWeights) -> list[Pick]:
    """Rank pairs that passed the filters.

    Args:
        quotes: of S pairs.
        candles: their daily candles, the same pairs in the same order.
        as_of: the moment.
        weights: of the parts.

    Raises:
        ValueError: the candles are of other pairs.
    """
    if candles.symbols != quotes.symbols:
        raise ValueError(f"expected candles of {len(quotes.symbols)} pairs in their order, got {candles.symbols[:3]}...")
    measures, freshness = measure(candles, as_of)
    scores = score(quotes, measures, weights)
    spreads = spread(quotes.bid, quotes.ask)
    return [
        Pick(
            rank=rank,
            symbol=quotes.symbols[pair],
            score=float(scores.score[pair]),
            coverage=float(scores.coverage[pair]),
            direction=DIRECTIONS.get(float(measures.direction[pair])),
            price=float(quotes.price[pair]),
            change_24h=float(quotes.change[pair]),
            turnover_24h=float(quotes.turnover[pair]),
            spread=round(float(spreads[pair]), 6),
            parts={name: _known(float(getattr(scores, name)[pair])) for name in PARTS},
            reasons=why(pair, quotes, measures, scores, freshness, weights),
        )
        for rank, pair in enumerate(order(scores, quotes).tolist(), start=1)
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
