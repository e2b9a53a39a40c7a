"""The shares of the weekly allocation, on small series."""

import numpy as np
import pytest

from functions.technical.core.weights import CoreRules, basket_moves, core_of_days, core_shares

RULES = CoreRules(looks=(2, 4), short=3, long=6)
UP, DOWN = 0.02, -0.01


def alternating(count: int, drift: float) -> np.ndarray:
    return drift + np.where(np.arange(count) % 2, 0.01, -0.01)


def test_basket_gets_the_share_of_looks_in_which_it_did_better() -> None:
    btc, basket = alternating(12, 0.0), alternating(12, 0.005)
    shares = core_shares(btc, basket, np.ones(12, dtype=np.bool_), RULES)
    assert shares.tilt[-1] == 1.0
    assert (shares.btc[-1], shares.basket[-1] > 0) == (0.0, True)
    worse = core_shares(basket, btc, np.ones(12, dtype=np.bool_), RULES)
    assert (worse.tilt[-1], worse.basket[-1], worse.btc[-1] > 0) == (0.0, 0.0, True)


def test_what_is_invested_swings_by_a_tenth_a_year_and_never_more_than_all() -> None:
    btc = alternating(12, 0.0)
    shares = core_shares(btc, btc, np.ones(12, dtype=np.bool_), RULES)
    assert shares.btc[-1] + shares.basket[-1] == pytest.approx(0.10 / shares.swing[-1])
    quiet = core_shares(btc / 1000, btc / 1000, np.ones(12, dtype=np.bool_), RULES)
    assert quiet.btc[-1] + quiet.basket[-1] == 1.0


def test_nothing_is_invested_while_the_gate_is_closed_or_too_little_is_known() -> None:
    btc = alternating(12, 0.0)
    gate = np.arange(12) != 11
    shares = core_shares(btc, btc, gate, RULES)
    assert (shares.btc[-1], shares.btc[5], shares.btc[6] > 0) == (0.0, 0.0, True)


def test_shares_of_what_was_known_are_those_of_all_up_to_there() -> None:
    rng = np.random.default_rng(7)
    btc, basket, gate = rng.normal(0, 0.02, 40), rng.normal(0, 0.03, 40), np.ones(40, dtype=np.bool_)
    whole = core_shares(btc, basket, gate, RULES)
    known = core_shares(btc[:25], basket[:25], gate[:25], RULES)
    assert np.array_equal(known.btc, whole.btc[:25])
    assert np.array_equal(known.basket, whole.basket[:25])


def test_basket_is_made_of_the_coins_that_were_largest_the_day_before() -> None:
    close = np.array([[1.0, 2.0, 2.0], [1.0, 1.0, 3.0]])
    largest = np.array([[True, False, False], [False, True, True]])
    assert basket_moves(close, largest).tolist() == [0.0, 1.0, 2.0]


def test_days_of_what_was_known_are_those_of_all_up_to_there_and_bitcoin_is_never_in_the_basket() -> None:
    rng = np.random.default_rng(11)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (4, 60)), axis=1))
    close[2, 20:23] = np.nan  # a coin whose candles lack for three days
    turnover, coins, gate = rng.uniform(1, 2, (5, 60)), np.array([True, True, True, False]), np.ones(60, dtype=np.bool_)
    rules = CoreRules(coins=2, turnover_days=3, looks=(2, 4), short=3, long=6)
    whole = core_of_days(close, turnover, coins, gate, 0, rules)
    assert not whole.members[0].any()
    assert not whole.members[3].any()  # it may not be traded
    for cut in (30, 59):
        known = core_of_days(close[:, :cut], turnover[:, :cut], coins, gate[:cut], 0, rules)
        assert np.array_equal(known.members, whole.members[:, :cut])
        assert np.array_equal(known.shares.btc, whole.shares.btc[:cut])
        assert np.array_equal(known.shares.basket, whole.shares.basket[:cut])
