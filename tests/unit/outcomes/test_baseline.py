"""Random entries: who may be drawn, with which exits, and that a draw can be repeated."""

from dataclasses import replace

import numpy as np
import pytest

from functions.outcomes.baseline import Field, draw
from functions.outcomes.results import Ideas

COINS, MOMENTS = 6, 3


def field() -> Field:
    price = np.outer(np.arange(1, COINS + 1) * 100.0, np.ones(MOMENTS))
    everyone = np.ones((COINS, MOMENTS), dtype=np.bool_)
    return Field(price=price, range=price / 50, long=everyone, short=~everyone)


def ideas(count: int = 4) -> Ideas:
    price = field().price[np.arange(count) % COINS, 0]
    return Ideas(
        row=np.arange(count) % COINS,
        sign=np.ones(count, dtype=np.int64),
        price=price,
        stop=price * 0.9,
        targets=price[:, None] * np.array([1.1, 1.2, np.nan]),
        said_at=np.arange(count) * 3_600_000,
    )


def moments(count: int = 4) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(count) % MOMENTS


def test_entries_are_of_other_coins_at_the_same_moment_with_the_same_exits_in_their_range() -> None:
    drawn = draw(ideas(), moments(), field(), seed=1, each=3)
    assert drawn.beside.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert (drawn.ideas.row != ideas().row[drawn.beside]).all()
    assert (drawn.ideas.said_at == ideas().said_at[drawn.beside]).all()
    # Every coin's range is a fiftieth of its price here, so its stop is a tenth away as the idea's is.
    assert drawn.ideas.stop == pytest.approx(drawn.ideas.price * 0.9)
    assert drawn.ideas.targets[:, 1] == pytest.approx(drawn.ideas.price * 1.2)
    assert np.isnan(drawn.ideas.targets[:, 2]).all()


def test_stop_is_as_far_in_the_coins_own_range() -> None:
    calm = field()
    calm.range[1:] /= 2
    drawn = draw(ideas(1), moments(1), calm, seed=1, each=3)
    assert drawn.ideas.stop == pytest.approx(drawn.ideas.price * 0.95)


def test_draw_depends_on_seed_moment_and_pair_and_not_on_its_company() -> None:
    alone = draw(ideas(1), moments(1), field(), seed=7, each=5)
    together = draw(ideas(), moments(), field(), seed=7, each=5)
    assert together.ideas.row[:5].tolist() == alone.ideas.row.tolist()
    others = {tuple(draw(ideas(1), moments(1), field(), seed=seed, each=5).ideas.row) for seed in range(20)}
    assert len(others) > 10


def test_draw_follows_a_coins_number_into_a_field_of_other_rows() -> None:
    whole = field()
    whole.long[0] = False
    later = Field(*(getattr(whole, name)[1:] for name in Field.__slots__))
    moved = replace(ideas(2), row=np.array([1, 2]), price=whole.price[[1, 2], 0])
    same = replace(moved, row=np.array([0, 1]))
    numbers = np.arange(COINS) + 40
    before = draw(moved, moments(2), whole, seed=7, each=5, numbers=numbers)
    after = draw(same, moments(2), later, seed=7, each=5, numbers=numbers[1:])
    assert (before.ideas.row - 1).tolist() == after.ideas.row.tolist()


def test_only_what_the_gate_lets_through_is_drawn() -> None:
    some = field()
    some.long[:] = False
    some.long[[2, 4]] = True
    some.price[4, 0] = np.nan
    drawn = draw(ideas(1), moments(1), some, seed=1, each=4)
    assert drawn.ideas.row.tolist() == [2, 2, 2, 2]


def test_idea_without_another_coin_has_no_entries_beside_it() -> None:
    shorts = replace(ideas(), sign=-np.ones(4, dtype=np.int64))
    assert len(draw(shorts, moments(), field(), seed=1, each=4).beside) == 0
