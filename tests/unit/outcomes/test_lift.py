"""What is said of evidence: a day counts once, nothing below thirty, and what is not known yet does not count."""

import numpy as np
import pytest

from functions.outcomes.baseline import Drawn
from functions.outcomes.lift import DAY, Evidence, Verdict, band_of, gather, judge, judge_groups
from functions.outcomes.results import Ideas, Results


def evidence(r: list[float], day: list[int] | None = None, random_r: float = 0.0) -> Evidence:
    earned = np.array(r)
    others = np.full(len(r), random_r)
    return Evidence(
        idea=np.arange(len(r)),
        day=np.array(day or range(len(r))),
        r=earned,
        random_r=others,
        won=(earned > 0).astype(float),
        random_won=(others > 0).astype(float),
    )


def test_nothing_is_said_below_thirty_ideas() -> None:
    assert judge(evidence([1.0] * 29)).verdict is Verdict.NOT_ENOUGH
    assert judge(evidence([1.0] * 30)).verdict is Verdict.EDGE


def test_nothing_is_said_of_many_ideas_on_few_days() -> None:
    assert judge(evidence([1.0] * 190, [n % 19 for n in range(190)])).verdict is Verdict.NOT_ENOUGH


def test_no_idea_at_all_is_not_enough() -> None:
    assert judge(evidence([])).verdict is Verdict.NOT_ENOUGH


def test_same_as_random_shows_nothing_and_less_is_worse() -> None:
    mixed = [1.0, -1.0] * 30
    assert judge(evidence(mixed)).verdict is Verdict.NOTHING_SHOWN
    assert judge(evidence([-1.0] * 60)).verdict is Verdict.WORSE
    assert judge(evidence([1.0] * 60, random_r=1.0)).verdict is Verdict.NOTHING_SHOWN


def test_day_counts_once_whatever_was_said_in_it() -> None:
    lift = judge(evidence([2.0, 2.0, 2.0, -1.0], [0, 0, 0, 1]))
    assert (lift.ideas, lift.days, lift.r, lift.win_rate) == (4, 2, 0.5, 0.5)


def test_ten_copies_of_each_day_say_no_more() -> None:
    days = [1.0, -0.5] * 30
    once = judge(evidence(days))
    copied = judge(evidence([r for r in days for _ in range(10)], [day for day in range(60) for _ in range(10)]))
    assert (copied.r_lift, copied.win_lift) == (once.r_lift, once.win_lift)


def test_groups_are_judged_alone_and_more_carefully_together() -> None:
    of = evidence([1.0, -1.0] * 40)
    groups = judge_groups(of, ["BTCUSDT", "ETHUSDT"] * 40)
    assert {name: lift.verdict for name, lift in groups.items()} == {"BTCUSDT": Verdict.EDGE, "ETHUSDT": Verdict.WORSE}
    alone = judge(of.where(np.arange(80) % 2 == 0))
    assert groups["BTCUSDT"].r_lift.low < alone.r_lift.low


@pytest.mark.parametrize(("confidence", "band"), [(0.65, "60-70%"), (0.7, "70-80%"), (1.0, "90-100%"), (0.0, "0-10%")])
def test_bands_of_confidence(confidence: float, band: str) -> None:
    assert band_of(confidence) == band


def some(count: int, r: list[float], known_at: list[int]) -> tuple[Ideas, Results]:
    prices = np.full(count, 100.0)
    ideas = Ideas(
        row=np.zeros(count, dtype=np.int64),
        sign=np.ones(count, dtype=np.int64),
        price=prices,
        stop=prices - 10,
        targets=np.full((count, 3), np.nan),
        said_at=np.arange(count) * DAY,
    )
    unknown = np.full(count, np.nan)
    results = Results(
        returns=np.full((count, 4), np.nan),
        best=unknown,
        worst=unknown,
        first=unknown,
        r=np.array(r),
        known_at=np.array(known_at),
    )
    return ideas, results


def test_what_is_not_known_yet_does_not_count() -> None:
    """The third idea's time is not up, the fourth has a hole in its candles, the fifth has nothing beside it."""
    ideas, results = some(5, [1.0, -1.0, 2.0, np.nan, 1.0], [10, 20, 40, 20, 20])
    entries, random = some(6, [0.5, np.nan, 1.5, -0.5, 0.0, 0.0], [0] * 6)
    found = gather(ideas, results, Drawn(entries, np.array([0, 0, 1, 1, 2, 3])), random, at=30)
    assert found.idea.tolist() == [0, 1]
    assert found.r.tolist() == [1.0, -1.0]
    assert found.random_r.tolist() == [0.5, 0.5]
    assert found.random_won.tolist() == [1.0, 0.5]
