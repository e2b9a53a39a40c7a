"""The page says of every figure what the code says."""

from pathlib import Path

from functions.performance.metrics.definitions import DEFINITIONS
from functions.performance.statistics.bootstrap import DRAWS, FEWEST_DAYS
from tests.property.performance.test_searches import CONFIGURATIONS, PLANTED_SHARPE

PAGE = (Path(__file__).parents[3] / "docs" / "performance.md").read_text()


def test_every_figure_is_on_the_page_as_it_is_defined() -> None:
    for definition in DEFINITIONS.values():
        assert f"| {definition.title} | {definition.formula} | {definition.says} |" in PAGE


def test_numbers_of_the_intervals_and_of_the_power_are_those_of_the_code() -> None:
    assert f"of {DRAWS:,} draws" in PAGE
    assert f"Below {FEWEST_DAYS} days" in PAGE
    assert f"three years of {CONFIGURATIONS} configurations" in PAGE
    assert f"of {PLANTED_SHARPE} in 88%" in PAGE
