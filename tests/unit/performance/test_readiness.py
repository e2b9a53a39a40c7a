"""Each target with its value, its sample, what lacks, and how long it takes; a coin toss stands beside what it can show."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from functions.arrays import FloatArray
from functions.performance.metrics.equity import growth
from functions.performance.metrics.summary import Track
from functions.performance.metrics.trades import DAY, TradeOutcomes
from functions.performance.readiness.assessment import Assessment, Line, Seen, assess
from functions.performance.readiness.coin_toss import ExitPlan
from functions.performance.readiness.slow import SlowRule
from functions.performance.readiness.targets import OPERATION, REAL_MONEY, TRADING, Standing, Target
from functions.performance.readiness.waiting import days_to_count, days_to_decide

PLAN = ExitPlan(targets=(0.7, 2.0, 4.0), cost=0.03, risk=0.005)


def seen(days: int = 28, trades: int = 56, *, won: float = 0.6, drift: float = 0.002) -> Seen:
    random = np.random.default_rng(7)
    first = (date(2026, 1, 1) - date(1970, 1, 1)).days
    wins = np.arange(trades) % 10 < won * 10
    r = np.where(wins, 1.5, -1.0)
    closed = (first + np.arange(trades) * days // max(trades, 1)) * DAY + 1
    moves: FloatArray = random.normal(drift, 0.004, days)
    return Seen(
        track=Track(
            first_day=date(2026, 1, 1),
            start=1000.0,
            equity=1000 * growth(moves),
            trades=TradeOutcomes(closed - DAY // 2, closed, 5 * r, r, np.full(trades, 100.0)),
        ),
        plans=[PLAN] * trades,
        btc=random.normal(0, 0.02, days),
        closes_due=2688,
        closes_in_time=2670,
        latencies=np.linspace(1, 20, 40),
        signals=84,
        signal_days=28.0,
    )


def line(assessment: Assessment, figure: str, *, money: bool = False) -> Line:
    lines = assessment.real_money if money else assessment.plan
    return next(one for one in lines if one.target.figure == figure)


def test_every_target_of_the_plan_and_every_condition_has_its_line() -> None:
    assessment = assess(seen())
    assert [one.target for one in assessment.plan] == [*TRADING, *OPERATION]
    assert [one.target for one in assessment.real_money] == [*REAL_MONEY]


def test_desk_that_meets_everything_is_ready() -> None:
    assessment = assess(seen())
    assert assessment.ready
    assert {one.standing for one in assessment.real_money} == {Standing.MET}
    assert line(assessment, "win_rate").value == pytest.approx(36 / 56)
    assert line(assessment, "win_rate").sample == 56
    assert line(assessment, "latency_s").value == pytest.approx(20)
    assert (line(assessment, "uptime").sample_of, line(assessment, "signals_a_day").value) == ("closes", 3.0)


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ({"closes_in_time": 2600}, "uptime"),
        ({"plans": [PLAN] * 40, "track": seen(trades=40).track}, "trades"),
        ({"track": seen(drift=-0.02).track}, "max_drawdown"),
        ({"track": seen(won=0.4).track}, "profit_factor"),
    ],
)
def test_one_condition_that_is_not_met_keeps_it_from_real_money(change: dict[str, Any], figure: str) -> None:
    assessment = assess(replace(seen(), **change))
    assert not assessment.ready
    missed = line(assessment, figure, money=True)
    assert missed.standing is Standing.MISSED
    assert missed.lacking
    assert missed.lacking > 0


def test_young_desk_waits_for_its_four_weeks_and_its_trades() -> None:
    assessment = assess(seen(days=7, trades=14))
    assert not assessment.ready
    assert (line(assessment, "days", money=True).lacking, line(assessment, "days", money=True).days_left) == (21, 21)
    assert line(assessment, "trades", money=True).days_left == 18
    assert line(assessment, "max_drawdown").days_left == 21
    assert line(assessment, "sharpe").days_left is None  # nothing is known of its spread yet


def test_before_the_first_trade_nothing_is_known_and_nothing_is_promised() -> None:
    none = np.array([])
    track = Track(date(2026, 1, 1), 0.0, none, TradeOutcomes(none.astype(int), none.astype(int), none, none, none))
    assessment = assess(replace(seen(), track=track, plans=[], btc=none, closes_due=0, latencies=none, signal_days=0.0))
    assert {one.standing for one in assessment.plan} == {Standing.UNKNOWN}
    assert (assessment.chance_of_plan, assessment.ready, assessment.days) == (None, False, 0)


def test_coin_toss_shows_little_of_what_is_good_and_most_of_what_is_poor() -> None:
    good, poor = assess(seen(won=0.9)), assess(seen(won=0.3))
    assert (line(good, "profit_factor").chance or 0) < 0.02
    assert (line(poor, "profit_factor").chance or 0) > 0.7
    assert line(good, "uptime").chance is None
    assert good.chance_of_plan == pytest.approx(0.07, abs=0.02)
    assert (good.chance_of_minimum or 0) > (good.chance_of_plan or 0)


def test_fall_beyond_the_limit_is_decided_at_once() -> None:
    assert line(assess(seen(days=10, drift=-0.03)), "max_drawdown").days_left == 0


def test_waiting_grows_with_the_square_of_the_width() -> None:
    assert days_to_decide(1.0, 0.5, 1.0, 28) == 84
    assert days_to_decide(1.0, 0.5, 0.4, 28) == 0
    assert days_to_decide(0.5, 0.5, 0.4, 28) is None
    assert days_to_decide(0.501, 0.5, 1.0, 28) is None
    assert days_to_decide(np.inf, 0.5, 1.0, 28) is None


def test_counting_goes_on_at_the_pace_so_far() -> None:
    assert days_to_count(10, 50, 20) == 80
    assert days_to_count(50, 50, 20) == 0
    assert days_to_count(0, 50, 20) is None


@pytest.mark.parametrize(
    ("target", "value", "standing", "lacking"),
    [
        (TRADING[0], 0.55, Standing.MINIMUM, 0.0),
        (TRADING[0], 0.56, Standing.MET, 0.0),
        (TRADING[0], 0.45, Standing.MISSED, 0.1),
        (TRADING[2], 0.0999, Standing.MET, 0.0),
        (TRADING[2], 0.15, Standing.MINIMUM, 0.05),
        (OPERATION[2], 3.0, Standing.MET, 0.0),
        (OPERATION[2], 11.0, Standing.MINIMUM, 1.0),
        (OPERATION[2], 0.5, Standing.MISSED, 2.5),
        (REAL_MONEY[4], 50.0, Standing.MET, 0.0),
        (TRADING[3], None, Standing.UNKNOWN, None),
    ],
)
def test_where_a_value_stands(target: Target, value: float | None, standing: Standing, lacking: float | None) -> None:
    assert target.standing(value) is standing
    assert target.lacking(value) == (None if lacking is None else pytest.approx(lacking))


@pytest.mark.parametrize(("days", "left"), [(0, 730), (29.5, 701), (730, 0), (2000, 0)])
def test_rule_that_trades_on_few_days_can_be_believed_after_two_years_at_the_earliest(days: float, left: int) -> None:
    rule = SlowRule("dips", datetime(2026, 1, 1, tzinfo=UTC), 7)
    assert rule.days_left(rule.since + timedelta(days=days)) == left
    assert (rule.earliest.year, rule.latest.year) == (2028, 2029)
