"""Every heading on the screens and every number of the panes has its definition in docs/dashboard.md."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from functions.panes.answers import DataPane, MarketPane, PortfolioPane, SignalPane, SignalsPane
from functions.panes.names import PaneName
from functions.performance.answers import ReadinessAnswer
from tui.tables import data, market, portfolio, readiness, signals
from tui.tables.cells import Column

PAGE = (Path(__file__).parents[3] / "docs" / "dashboard.md").read_text()
MODELS: dict[PaneName, tuple[type[BaseModel], ...]] = {
    PaneName.MARKET: (MarketPane,),
    PaneName.SIGNALS: (SignalsPane, SignalPane),
    PaneName.PORTFOLIO: (PortfolioPane,),
    PaneName.DATA: (DataPane,),
    PaneName.READINESS: (ReadinessAnswer,),
}
COLUMNS: dict[PaneName, tuple[Column, ...]] = {
    PaneName.MARKET: market.COLUMNS,
    PaneName.SIGNALS: signals.COLUMNS,
    PaneName.PORTFOLIO: (*portfolio.ACCOUNTS, *portfolio.OPEN, *portfolio.CLOSED),
    PaneName.DATA: (*data.CANDLES, *data.PARTS, *data.SOURCES),
    PaneName.READINESS: readiness.COLUMNS,
}


def rows_of(name: PaneName) -> list[tuple[str, str, str]]:
    """Return the rows of a pane's table: on screen, over HTTP, what it is."""
    section = PAGE.split(f"\n### {name.value.capitalize()}\n")[1].split("\n### ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")]
    return [(row[0], row[1], row[2]) for row in cells if row[0] != "on screen"]


def numbers(model: type[BaseModel]) -> Iterator[str]:
    """Yield the names of the numbers that a pane holds, however deep; prices that are texts for their digits as well."""
    for name, field in model.model_fields.items():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from numbers(part)
            elif isinstance(part, type) and issubclass(part, (int, float, Decimal)) and not issubclass(part, bool):
                yield name


def _parts(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [part for one in inner for part in _parts(one)] if inner else [annotation]


@pytest.mark.parametrize("name", list(PaneName))
def test_every_heading_and_every_number_is_defined(name: PaneName) -> None:
    rows = rows_of(name)
    headings = {title.strip() for shown, _, _ in rows for title in (shown, *shown.split(","))}
    assert {column.title for column in COLUMNS[name] if column.title} - headings == set()
    fields = {field for _, given, _ in rows for field in re.findall(r"`(\w+)`", given)}
    known = {number for model in MODELS[name] for number in numbers(model)}
    assert known - fields == set()
    assert all(says for _, _, says in rows)


def test_the_walk_meets_amounts_and_what_lies_deep() -> None:
    assert {"equity", "unrealised", "r"} <= set(numbers(PortfolioPane))
