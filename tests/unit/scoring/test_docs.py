"""The numbers of docs/scoring.md are those that the code computes."""

from decimal import Decimal

from functions.factors.history import FactorSource
from functions.factors.reading import Factor
from functions.limits import Limits
from functions.paper.admission import size_at_entry
from functions.paper.settling.position import Side
from functions.scoring.combine import combine, points
from functions.scoring.evidence import evidence
from functions.scoring.filters import Rejection, rejections
from functions.scoring.reasons import Code
from functions.scoring.rules import ScoreRules
from functions.settings import CHECKOUT
from functions.settings.weights import read_weights
from tests.unit.scoring.making import LONG, RULES, factors, reading

PAGE = (CHECKOUT / "docs" / "scoring.md").read_text()
SAID = {
    FactorSource(Factor.TECHNICAL, "trends"): reading((0.8, 1.0)),
    FactorSource(Factor.MOMENTUM, "moves"): reading((0.5, 0.9)),
    FactorSource(Factor.CONTEXT, "fear_greed"): reading(market=(0.4, 0.5)),
}


def test_score_points_coverage_and_confidence_are_those_of_the_page() -> None:
    known = factors(SAID)
    scores, moved = combine(known, RULES), points(known, RULES)
    for factor in (Factor.TECHNICAL, Factor.CONTEXT, Factor.MOMENTUM):
        assert f"{moved[factor][0, 0]:+.2f} points" in PAGE
    assert f"50 + {scores.score[0, 0] - 50:.2f} = {scores.score[0, 0]:.2f}" in PAGE
    assert f"how much of all weights was known: {scores.coverage[0, 0]:.0%}" in PAGE
    assert f"51.5 / 60 = {scores.confidence[0, 0]:.0%}" in PAGE
    assert Rejection(int(rejections(LONG, evidence(known, LONG.direction, RULES), RULES)[0, 0])) == Rejection(0)


def test_size_is_that_of_the_page() -> None:
    taken = size_at_entry("XUSDT", Side.LONG, (Decimal(100), Decimal(90)), [], Decimal(1), Limits())
    assert f"the position is {taken.share:.0%} of equity" in PAGE


def test_every_reason_and_every_weight_is_on_the_page() -> None:
    assert [code.value for code in Code if f"`{code.value}`" not in PAGE] == []
    for factor, weight in read_weights("technical=40, sentiment=20, onchain=20, context=10, momentum=10").items():
        assert f"| {factor} | {weight:.0f} |" in PAGE
        assert ScoreRules().weights.share(Factor(factor)) == weight / 100
