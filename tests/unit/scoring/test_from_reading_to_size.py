"""One setup followed from what the sources say to the size of its position, and what is left when sources fall silent."""

from decimal import Decimal

import pytest

from functions.factors.history import FactorSource
from functions.factors.reading import Factor
from functions.limits import Limits
from functions.paper.admission import Size, size_at_entry
from functions.paper.settling.position import Side
from functions.scoring.combine import combine
from functions.scoring.evidence import evidence
from functions.scoring.factor_grids import FactorGrids
from functions.scoring.filters import Rejection, figures, rejections
from tests.unit.scoring.making import LONG, RULES, factors, reading

TRENDS = {FactorSource(Factor.TECHNICAL, "trends"): reading((0.8, 1.0))}
CANDLES = {**TRENDS, FactorSource(Factor.MOMENTUM, "moves"): reading((0.5, 0.9))}
WITHOUT_KEYS = {**CANDLES, FactorSource(Factor.CONTEXT, "fear_greed"): reading(market=(0.4, 0.5))}
EVERYTHING = {
    **WITHOUT_KEYS,
    FactorSource(Factor.SENTIMENT, "news"): reading((0.6, 0.5), publishers=4),
    FactorSource(Factor.ONCHAIN, "flows"): reading(market=(-0.2, 0.6)),
}


def failed(said: FactorGrids) -> Rejection:
    return Rejection(int(rejections(LONG, evidence(said, LONG.direction, RULES), RULES)[0, 0]))


def test_candles_and_fear_and_greed_alone_make_a_signal_and_say_their_coverage() -> None:
    said = factors(WITHOUT_KEYS)
    scores = combine(said, RULES)
    # 40 * 0.8 * 1.0 + 10 * 0.5 * 0.9 + 10 * 0.4 * 0.25 of 60; 40 * 1.0 + 10 * 0.9 + 10 * 0.25 of 100, over 0.6
    assert scores.score[0, 0] == pytest.approx(50 + 50 * 37.5 / 60)
    assert scores.coverage[0, 0] == pytest.approx(0.6)
    assert scores.confidence[0, 0] == pytest.approx(0.515 / 0.6)
    assert failed(said) == Rejection(0)
    assert size_at_entry("XUSDT", Side.LONG, (Decimal(100), Decimal(90)), [], Decimal(1), Limits()) == Size(Decimal("0.05"), ())


def test_every_source_together() -> None:
    said = factors(EVERYTHING)
    scores = combine(said, RULES)
    # Text keeps a fifth; the other four share the rest.
    others = (40 * 0.8 + 10 * 0.45 + 10 * 0.1 - 20 * 0.06) / 80
    assert scores.score[0, 0] == pytest.approx(50 + 50 * (0.8 * others + 0.2 * 0.3))
    assert scores.coverage[0, 0] == pytest.approx(1.0)
    assert scores.confidence[0, 0] == pytest.approx(1.0)
    assert failed(said) == Rejection(0)


def test_trends_alone_are_silent_and_say_why() -> None:
    said = factors(TRENDS)
    assert failed(said) == Rejection.NO_CONSENSUS
    known = evidence(said, LONG.direction, RULES)
    assert figures(Rejection.NO_CONSENSUS, LONG, known, (0, 0), RULES) == {"agreeing": 1.0, "limit": 3}


def test_no_source_at_all_is_no_signal() -> None:
    assert failed(factors({})).headline is Rejection.NO_CONSENSUS
