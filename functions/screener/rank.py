"""From measures to an order: score every pair, and say how much of the score is known. Pure arrays, `[S]`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.arrays import FloatArray
from functions.screener.filters import Quotes
from functions.screener.measures import Measures
from functions.screener.rules import PartWeights
from functions.screener.scores import rsi_score, trend_score, volatility_score, volume_score

PARTS = ("trend", "rsi", "volume", "volatility")
DIGITS = 4  # a score is what is shown: pairs that look the same are a tie


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of S pairs, 0..1 each, `[S]`; a part is NaN where it is not known.

    `score` is the weighted sum of the known parts: what is not known earns nothing, so no pair is ever ahead for want of data.
    `coverage` is the weight of the known parts, 0..1.
    """

    trend: FloatArray
    rsi: FloatArray
    volume: FloatArray
    volatility: FloatArray
    score: FloatArray
    coverage: FloatArray


def volume_ratio(quotes: Quotes, measures: Measures) -> FloatArray:
    """Return the 24h volume over the average daily volume, `[S]`; NaN without an average or with one of zero."""
    average = np.where(measures.volume_average > 0, measures.volume_average, np.nan)
    with np.errstate(over="ignore"):
        ratio = quotes.volume / average
    return np.where(np.isfinite(ratio), ratio, np.nan)


def score(quotes: Quotes, measures: Measures, weights: PartWeights) -> Scores:
    """Score every pair."""
    parts = {
        "trend": trend_score(measures.direction, measures.strength, measures.adx),
        "rsi": rsi_score(measures.rsi, measures.direction),
        "volume": volume_score(volume_ratio(quotes, measures)),
        "volatility": volatility_score(measures.atr),
    }
    total, coverage = np.zeros(len(quotes.symbols)), np.zeros(len(quotes.symbols))
    for name, part in parts.items():
        weight = getattr(weights, name)
        total += weight * np.nan_to_num(part, nan=0.0)
        coverage += np.where(np.isnan(part), 0.0, weight)
    return Scores(**parts, score=np.round(total, DIGITS), coverage=np.round(coverage, DIGITS))


def order(scores: Scores, quotes: Quotes) -> NDArray[np.intp]:
    """Return the pairs' numbers, best score first; ties go by turnover, then by name."""
    names = np.argsort(np.argsort(np.array(quotes.symbols, dtype=np.str_), kind="stable"), kind="stable")
    ranking: NDArray[np.intp] = np.lexsort((names, -quotes.turnover, -scores.score))
    return ranking
