"""Every filter, on hand-written pairs."""

import numpy as np
import pytest

from functions.screener.filters import FilterResult, judge, spread
from functions.screener.rules import Filters
from tests.unit.screener.market import array, quotes, untradable


@pytest.mark.parametrize(
    ("column", "value", "verdict"),
    [
        ("turnover", 1_000_000.01, FilterResult.PASSED),
        ("turnover", 1_000_000.0, FilterResult.TURNOVER_LOW),
        ("turnover", 0.0, FilterResult.TURNOVER_LOW),
        ("turnover", None, FilterResult.BAD_TICKER),
        ("turnover", np.inf, FilterResult.BAD_TICKER),
        ("volume", 0.0, FilterResult.PASSED),
        ("volume", -1.0, FilterResult.BAD_TICKER),
        ("volume", np.inf, FilterResult.BAD_TICKER),
        ("price", 0.0, FilterResult.BAD_TICKER),
        ("price", np.inf, FilterResult.BAD_TICKER),
        ("price", None, FilterResult.BAD_TICKER),
        ("change", None, FilterResult.BAD_TICKER),
        ("age", 60.0, FilterResult.PASSED),
        ("age", 60.1, FilterResult.STALE_TICKER),
        ("age", -60.1, FilterResult.STALE_TICKER),
        ("age", None, FilterResult.STALE_TICKER),
        ("bid", None, FilterResult.NO_QUOTE),
        ("ask", None, FilterResult.NO_QUOTE),
        ("bid", 100.06, FilterResult.NO_QUOTE),
        ("ask", 100.44, FilterResult.PASSED),
        ("ask", 100.46, FilterResult.SPREAD_WIDE),
    ],
)
def test_one_bad_column_gives_its_verdict(column: str, value: float | None, verdict: FilterResult) -> None:
    assert judge(quotes(**{column: [value]}), Filters()).tolist() == [verdict]


def test_the_first_failed_check_names_the_verdict() -> None:
    bad = quotes(turnover=[0.0], age=[900.0], bid=[None])
    assert judge(untradable(bad), Filters()).tolist() == [FilterResult.NOT_TRADABLE]
    assert judge(bad, Filters()).tolist() == [FilterResult.STALE_TICKER]


def test_spread_is_a_share_of_the_middle() -> None:
    bid, ask = array(99.0, 100.0, 101.0, None, 0.0), array(101.0, 100.0, 99.0, 1.0, 1.0)
    np.testing.assert_allclose(spread(bid, ask), [0.02, 0.0, np.nan, np.nan, np.nan])


def test_spread_exactly_at_the_limit_is_wide() -> None:
    pair = quotes(bid=[99.0], ask=[101.0])  # 2 of 100
    assert judge(pair, Filters(widest_spread=0.02)).tolist() == [FilterResult.SPREAD_WIDE]
    assert judge(pair, Filters(widest_spread=0.0201)).tolist() == [FilterResult.PASSED]


def test_no_pairs_give_no_verdicts() -> None:
    assert judge(quotes(0), Filters()).tolist() == []
