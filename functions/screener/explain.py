"""The reasons in words: why a pair was left out, and what earned a pick its score, the most important first."""

import numpy as np

from functions.market.candles.freshness import Freshness, Stale, late_parameters
from functions.reasons import Reason, reason
from functions.screener.filters import QUOTE_LIFE, FilterResult, Quotes
from functions.screener.measures import Measures
from functions.screener.rank import PARTS, Scores, volume_ratio
from functions.screener.reasons import Code
from functions.screener.rules import HEALTHY_ATR, TREND_RSI, Filters, PartWeights
from functions.screener.scores import with_trend

VOLUME_LOW, VOLUME_HIGH = 0.8, 1.25  # times the average that count as usual


def why_left_out(verdict: FilterResult, filters: Filters) -> Reason:
    """Return the reason for a verdict other than PASSED."""
    code = Code[verdict.name]
    match verdict:
        case FilterResult.STALE_TICKER:
            return reason(code, seconds=QUOTE_LIFE)
        case FilterResult.TURNOVER_LOW:
            return reason(code, least=filters.least_turnover)
        case FilterResult.SPREAD_WIDE:
            return reason(code, widest=filters.widest_spread)
        case _:
            return reason(code)


def why(
    pair: int, quotes: Quotes, measures: Measures, scores: Scores, freshness: list[Freshness], weights: PartWeights
) -> tuple[Reason, ...]:
    """Return one reason a part of a pair's score, by what it earned; parts that are not known come last."""
    values = {name: float(getattr(scores, name)[pair]) for name in PARTS}
    known = sorted(
        (name for name in PARTS if not np.isnan(values[name])), key=lambda name: -getattr(weights, name) * values[name]
    )
    unknown = [name for name in PARTS if np.isnan(values[name])]
    ratio = float(volume_ratio(quotes, measures)[pair])
    return (
        *(_known(name, pair, measures, ratio) for name in known),
        *(_unknown(name, pair, measures, freshness[pair]) for name in unknown),
    )


def _known(part: str, pair: int, measures: Measures, ratio: float) -> Reason:
    match part:
        case "trend":
            return _trend(pair, measures)
        case "rsi":
            return _rsi(pair, measures)
        case "volume":
            return _volume(ratio)
        case _:
            return _volatility(float(measures.atr[pair]))


def _trend(pair: int, measures: Measures) -> Reason:
    direction = measures.direction[pair]
    if direction == 0:
        return reason(Code.TREND_NONE)
    code = Code.TREND_UP if direction > 0 else Code.TREND_DOWN
    return reason(code, strength=round(float(measures.strength[pair]), 4), adx=round(float(measures.adx[pair]), 1))


def _rsi(pair: int, measures: Measures) -> Reason:
    value = round(float(measures.rsi[pair]), 1)
    with_direction = float(with_trend(measures.rsi[pair : pair + 1], measures.direction[pair : pair + 1])[0])
    if measures.direction[pair] == 0:
        return reason(Code.RSI_NO_TREND, rsi=value)
    if with_direction > TREND_RSI.fine:
        return reason(Code.RSI_STRETCHED, rsi=value)
    return reason(Code.RSI_READY if with_direction >= TREND_RSI.good else Code.RSI_BREAKING, rsi=value)


def _volume(ratio: float) -> Reason:
    code = Code.VOLUME_HIGH if ratio > VOLUME_HIGH else Code.VOLUME_USUAL if ratio >= VOLUME_LOW else Code.VOLUME_LOW
    return reason(code, times=round(ratio, 2))


def _volatility(atr: float) -> Reason:
    code = Code.VOLATILITY_HEALTHY
    if atr < HEALTHY_ATR.good:
        code = Code.VOLATILITY_LOW
    elif atr > HEALTHY_ATR.fine:
        code = Code.VOLATILITY_HIGH
    return reason(code, atr=round(atr, 4))


def _unknown(part: str, pair: int, measures: Measures, freshness: Freshness) -> Reason:
    if isinstance(freshness, Stale) and freshness.late is not None:
        return reason(
            Code.STALE_CANDLES, part=part, **late_parameters(freshness.symbol, str(freshness.timeframe), freshness.late)
        )
    return reason(Code.SHORT_HISTORY, part=part, candles=int(measures.candles[pair]))
