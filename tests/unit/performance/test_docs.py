"""The page says of every figure what the code says."""

import re
from pathlib import Path

from functions.performance.metrics.definitions import DEFINITIONS
from functions.performance.readiness.coin_toss import WORLDS
from functions.performance.readiness.targets import OPERATION, REAL_MONEY, TRADING
from functions.performance.statistics.bootstrap import DRAWS, FEWEST_DAYS
from tests.property.performance.test_searches import CONFIGURATIONS, PLANTED_SHARPE
from tests.unit.performance.test_coin_toss import PASSED

PAGE = (Path(__file__).parents[3] / "docs" / "performance.md").read_text()


def test_every_figure_is_on_the_page_as_it_is_defined() -> None:
    for definition in DEFINITIONS.values():
        assert f"| {definition.title} | {definition.formula} | {definition.says} |" in PAGE


def test_numbers_of_the_intervals_and_of_the_power_are_those_of_the_code() -> None:
    assert f"of {DRAWS:,} draws" in PAGE
    assert f"Below {FEWEST_DAYS} days" in PAGE
    assert f"three years of {CONFIGURATIONS} configurations" in PAGE
    assert f"of {PLANTED_SHARPE} in 88%" in PAGE


def test_targets_and_the_chance_of_a_coin_toss_are_those_of_the_code() -> None:
    assert f"about {100 * PASSED:.0f}% of the worlds" in PAGE
    assert f"draws {WORLDS:,} worlds" in PAGE
    for target, row in zip(
        (*TRADING, *OPERATION), re.findall(r"^\| .*", PAGE.split("## Readiness")[1], re.MULTILINE)[1:], strict=False
    ):
        scale = 100 if target.figure in ("win_rate", "max_drawdown", "uptime") else 1
        for number in (target.plan, target.minimum, target.most):
            assert not number or f"{scale * number:g}" in row, row
    for target in REAL_MONEY:
        asked = target.plan * (100 if target.figure in ("uptime", "max_drawdown") else 1)
        assert f"{asked:g}" in PAGE.split("Before real money:")[1].splitlines()[0]
