"""What is a move, and what only looks like one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.polymarket.moves import Seen, move_of
from functions.polymarket.rules import OddsRules

RULES = OddsRules()
START = datetime(2024, 3, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reads(*values: float | None, every: timedelta = HOUR) -> list[Seen]:
    return [Seen(START + place * every, value) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.5, 0.5, 0.62), (0.5, 0.62, False)),
        ((0.5, 0.5, 0.62, 0.63), (0.5, 0.63, True)),
        ((0.5, 0.5, 0.38, 0.37), (0.5, 0.37, True)),
        ((0.5, 0.5, 0.6, 0.6), None),  # ten points are not more than ten
        ((0.5, 0.5, 0.7, 0.5), None),
        ((0.5, 0.5, 0.7, 0.5, 0.5), None),  # an odd quote is no ground afterwards
        ((0.5, 0.5, 0.53, 0.56, 0.59, 0.62, 0.65), (0.5, 0.65, True)),
        ((0.5, 0.5, 0.58, 0.58, 0.47, 0.47), (0.58, 0.47, True)),
        ((0.5, 0.5, None, 0.62, None, 0.63), (0.5, 0.63, True)),
        ((0.5, 0.5, 0.62, None), None),
        ((0.5, 0.5, 0.99, 0.99), None),  # decided: its resolution is told
        ((0.7, 0.5, 0.5), None),  # the first read may be the odd one
        ((0.5,), None),
        ((), None),
    ],
)
def test_move_is_a_stand_beyond_ten_points(values: tuple[float | None, ...], expected: tuple[float, float, bool] | None) -> None:
    found = move_of(reads(*values), None, RULES)
    assert (found and (found.before, found.after, found.stands)) == expected


def test_second_read_a_moment_later_is_no_second_read() -> None:
    history = [*reads(0.5, 0.5, 0.62), Seen(START + 2 * HOUR + timedelta(minutes=2), 0.62)]
    found = move_of(history, None, RULES)
    assert found
    assert not found.stands


def test_what_was_told_is_not_told_again_but_what_follows_is() -> None:
    history = reads(0.5, 0.5, 0.62, 0.63, 0.63)
    told_at = history[3].at
    assert move_of(history, told_at, RULES) is None
    onward = move_of([*history, Seen(START + 5 * HOUR, 0.75), Seen(START + 6 * HOUR, 0.75)], told_at, RULES)
    assert onward
    assert (onward.before, onward.stands) == (0.63, True)


def test_what_is_older_than_the_window_is_no_ground() -> None:
    history = [*reads(0.5, 0.5), Seen(START + 26 * HOUR, 0.62), Seen(START + 27 * HOUR, 0.62)]
    assert move_of(history, None, RULES) is None


def test_market_that_settles_does_not_move() -> None:
    history = [*reads(0.5, 0.5, 0.7), Seen(START + 3 * HOUR, 0.7, settling=True)]
    assert move_of(history, None, RULES) is None


@given(st.lists(st.floats(0.45, 0.55), min_size=2, max_size=60), st.data())
def test_one_odd_quote_in_quiet_reads_is_never_a_stand(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    values[place] = data.draw(st.floats(0.02, 0.98))
    history = reads(*values)
    for end in range(1, len(history) + 1):
        found = move_of(history[:end], None, RULES)
        assert not (found and found.stands)
