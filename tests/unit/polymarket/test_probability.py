"""Which quote is believed, and groups of exclusive outcomes."""

from dataclasses import replace
from typing import Any

import pytest

from functions.polymarket.gamma import Event, Market, market_of
from functions.polymarket.probability import Basis, estimate, odds_of
from functions.polymarket.rules import OddsRules
from tests.unit.polymarket.test_gamma import MARKET

RULES = OddsRules()
PLAIN = market_of(MARKET, "9")


def quoted(**changes: Any) -> Market:
    return replace(PLAIN, **{"bid": None, "ask": None, "last_trade": None, "price": None, **changes})


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ({"bid": 0.45, "ask": 0.55, "last_trade": 0.9}, (0.5, Basis.MID)),
        ({"bid": 0.4, "ask": 0.51, "last_trade": 0.9}, (0.9, Basis.TRADE)),
        ({"bid": 0.4, "ask": 0.51, "price": 0.45}, None),
        ({"bid": 0.6, "ask": 0.5, "last_trade": 0.4}, (0.4, Basis.TRADE)),
        ({"ask": 0.01}, (0.005, Basis.MID)),
        ({"bid": 0.99}, (0.995, Basis.MID)),
        ({"bid": 0.5}, None),
        ({"price": 0.3}, (0.3, Basis.PRICE)),
        ({}, None),
    ],
)
def test_probability_is_the_middle_of_a_narrow_book_else_the_last_trade(
    quotes: dict[str, float], expected: tuple[float, Basis] | None
) -> None:
    found = estimate(quoted(**quotes), RULES)
    assert (None if found is None else (round(found.raw, 9), found.basis)) == expected


def group(*raws: float | None, exclusive: bool = True) -> Event:
    markets = [quoted(id=str(place), last_trade=raw) for place, raw in enumerate(raws)]
    return Event("9", "btc", "Bitcoin", exclusive, True, tuple(markets))


def test_exclusive_outcomes_are_one_together_and_keep_the_raw_sum() -> None:
    odds = odds_of([group(0.6, 0.4, 0.2)], RULES)
    assert [odds[name].probability for name in "012"] == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert [odds[name].raw for name in "012"] == [0.6, 0.4, 0.2]
    assert odds["0"].group_sum == pytest.approx(1.2)


def test_group_that_lacks_a_quote_has_no_probability() -> None:
    odds = odds_of([group(0.6, None, 0.2)], RULES)
    assert {name: (one.raw, one.probability, one.group_sum) for name, one in odds.items()} == {
        "0": (0.6, None, None),
        "2": (0.2, None, None),
    }


def test_markets_that_exclude_nothing_stand_alone() -> None:
    odds = odds_of([group(0.6, 0.8, exclusive=False)], RULES)
    assert [(one.probability, one.group_sum) for one in odds.values()] == [(0.6, None), (0.8, None)]


def test_closed_market_has_no_odds() -> None:
    assert odds_of([Event("9", "", "", False, True, (quoted(last_trade=0.5, closed=True),))], RULES) == {}
