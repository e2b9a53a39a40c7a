"""What a score promises, whatever the sources say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.factors.reading import Factor
from functions.scoring.combine import TEXT, Scores, combine, points
from functions.scoring.evidence import evidence
from functions.scoring.factor_grids import FactorGrids, factor_grids, without
from functions.scoring.filters import Rejection, Setups, rejections
from functions.scoring.rules import FactorWeights, ScoreRules
from tests.property.scoring.worlds import WORDS, Word, random_readings, readings

ROUNDING = 1e-9
_WEIGHT = st.sampled_from([0.0, 10.0, 40.0]) | st.floats(0, 100)
RULES = st.builds(FactorWeights, st.floats(0.1, 100), _WEIGHT, _WEIGHT, _WEIGHT, _WEIGHT).map(
    lambda weights: ScoreRules(weights=weights)
)


def factors(words: list[Word], rules: ScoreRules) -> FactorGrids:
    return factor_grids(readings(words), (1, 1), rules)


def scores(words: list[Word], rules: ScoreRules) -> Scores:
    return combine(factors(words, rules), rules)


def bits(of: Scores) -> list[bytes]:
    return [of.score.tobytes(), of.coverage.tobytes(), of.confidence.tobytes()]


@given(WORDS, RULES)
def test_score_coverage_and_confidence_stay_in_their_range(words: list[Word], rules: ScoreRules) -> None:
    of = scores(words, rules)
    assert np.isnan(of.score[0, 0]) == (of.coverage[0, 0] == 0)
    assert np.isnan(of.score[0, 0]) or 0 <= of.score[0, 0] <= 100
    assert 0 <= of.coverage[0, 0] <= 1
    assert 0 <= of.confidence[0, 0] <= 1


@given(WORDS, RULES)
def test_points_of_all_factors_together_are_the_way_of_the_score_from_50(words: list[Word], rules: ScoreRules) -> None:
    score = scores(words, rules).score[0, 0]
    moved = [float(grid[0, 0]) for grid in points(factors(words, rules), rules).values()]
    assert np.isnan(score) or np.nansum(moved) == pytest.approx(score - 50.0, abs=ROUNDING)


@given(WORDS, RULES, st.floats(0, 2), st.data())
def test_score_never_falls_when_a_source_says_more(
    words: list[Word], rules: ScoreRules, more: float, data: st.DataObject
) -> None:
    if words:
        number = data.draw(st.integers(0, len(words) - 1))
        risen = [*words]
        risen[number] = words[number]._replace(value=min(words[number].value + more, 1.0))
        before, after = scores(words, rules).score[0, 0], scores(risen, rules).score[0, 0]
        assert np.isnan(before) or after >= before - ROUNDING


@given(WORDS, RULES, st.data())
def test_removing_a_reading_never_raises_confidence(words: list[Word], rules: ScoreRules, data: st.DataObject) -> None:
    if words:
        number = data.draw(st.integers(0, len(words) - 1))
        rest = words[:number] + words[number + 1 :]
        assert scores(rest, rules).confidence[0, 0] <= scores(words, rules).confidence[0, 0]


@given(WORDS, RULES)
def test_stale_reading_changes_nothing(words: list[Word], rules: ScoreRules) -> None:
    assert bits(scores(words, rules)) == bits(scores([word for word in words if not word.stale], rules))


@given(WORDS, RULES)
def test_all_text_together_moves_the_score_by_at_most_its_weight(words: list[Word], rules: ScoreRules) -> None:
    everything = factors(words, rules)
    silent = combine(without(everything, TEXT), rules).score[0, 0]
    if not np.isnan(silent):
        moved = abs(combine(everything, rules).score[0, 0] - silent)
        assert moved <= 100 * rules.weights.share(TEXT) + ROUNDING


def setups(data: st.DataObject, direction: float) -> Setups:
    def one_of(*numbers: float) -> np.ndarray:
        return np.array([[data.draw(st.sampled_from(numbers))]])

    return Setups(
        direction=np.array([[direction]]),
        tradable=one_of(True, True, False),
        regime=one_of(direction, direction, 0.0, np.nan),
        daily_trend=one_of(direction, direction, -direction, np.nan),
        range_ratio=one_of(1.0, 5.0),
        cost=one_of(0.01, 0.2),
        risk_reward=one_of(2.2, 1.0),
        minutes_since_signal=one_of(np.inf, 1.0),
    )


@given(WORDS, st.sampled_from([-1.0, 1.0]), st.data())
def test_text_turns_no_rejection_into_a_signal_but_for_a_consensus_of_three_publishers(
    words: list[Word], direction: float, data: st.DataObject
) -> None:
    rules, setup = ScoreRules(), setups(data, direction)
    everything = factors(words, rules)
    silent = without(everything, TEXT)
    failed = [int(rejections(setup, evidence(of, setup.direction, rules), rules)[0, 0]) for of in (everything, silent)]
    helped = Rejection(failed[1] & ~failed[0])
    assert helped in (Rejection(0), Rejection.NO_CONSENSUS)
    if helped:
        assert any(word.publishers >= 3 for word in words if word.voice.factor is Factor.SENTIMENT and not word.stale)


@pytest.mark.parametrize("seed", range(5))
def test_each_column_of_a_batch_is_the_column_alone_bit_for_bit(seed: int) -> None:
    random, rules = np.random.default_rng(seed), ScoreRules()
    symbols, columns = 7, 40
    history = random_readings(random, symbols, columns)
    direction = random.choice([-1.0, 0.0, 1.0], (symbols, columns))
    batch = factor_grids(history, (symbols, columns), rules)
    together, said = combine(batch, rules), evidence(batch, direction, rules)
    for column in (0, 17, columns - 1):
        at = slice(column, column + 1)
        alone = {
            voice: replace(
                grid,
                moments=grid.moments[at],
                **{name: getattr(grid, name)[:, at] for name in ("value", "confidence", "as_of", "stale_at", "publishers")},
            )
            for voice, grid in history.items()
        }
        live = factor_grids(alone, (symbols, 1), rules)
        for name in ("score", "coverage", "confidence"):
            assert getattr(combine(live, rules), name).tobytes() == getattr(together, name)[:, at].tobytes()
        for name in ("agreeing", "score", "confidence", "technical", "text"):
            assert getattr(evidence(live, direction[:, at], rules), name).tobytes() == getattr(said, name)[:, at].tobytes()
