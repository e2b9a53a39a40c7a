"""A report opens offline, defines each figure once, and holds every part; nothing in it can break out of its place."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest

from functions.backtest.report.contents import Contents, contents
from functions.backtest.report.page import page
from functions.performance.metrics.definitions import DEFINITIONS, write
from functions.performance.statistics.verdict import SearchEvidence, SearchVerdict
from tests.unit.backtest.runs import run


def without_plotly(html: str) -> str:
    return re.sub(r'<script id="plotly">.*?</script>', "", html, count=1, flags=re.DOTALL)


@pytest.fixture(scope="module")
def html() -> str:
    return page(run(), SearchEvidence(0, 240, 0.62, 0.31, SearchVerdict.NO_EDGE), 0.44)


@pytest.fixture(scope="module")
def shown() -> Contents:
    return contents(run())


class Outside(HTMLParser):
    """What a browser would ask others for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values: Mapping[str, str | None] = dict(attrs)
        self.asked += [f"{tag} {values[name]}" for name in ("src", "srcset", "data", "action") if values.get(name)]
        if tag in ("link", "iframe", "object", "embed", "base") or (values.get("href") or "#")[0] != "#":
            self.asked.append(tag)


def test_page_asks_nobody_for_anything(html: str) -> None:
    outside = Outside()
    outside.feed(html)
    assert outside.asked == []
    assert re.findall(r"https?://|//\w+\.\w+|url\(|@import", without_plotly(html)) == []
    assert "default-src 'none'" in html


def test_plotlys_script_is_there_once(html: str) -> None:
    assert html.count('<script id="plotly">') == 1
    assert html.count("plotly.js v") == 1
    assert html.count("</script>") == 3


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_figure_stands_once_beside_its_definition(html: str, shown: Contents, name: str) -> None:
    rows = re.findall(rf'<tr id="figure-{name}".*?</tr>', html)
    assert len(rows) == 1
    definition = DEFINITIONS[name]
    value = write(name, shown.columns[0].figures[name])
    assert re.search(rf'<td class="own">{re.escape(value)}<', rows[0])
    assert html.count(f"<b>{definition.title}</b><small>") == 1
    assert definition.formula.replace(">", "&gt;") in rows[0]


def test_figures_of_the_curve_stand_beside_the_librarys_and_agree(html: str) -> None:
    assert re.findall(r"≠</td>", html) == []
    assert html.count(" ✓</td>") == 7


def test_figures_with_an_interval_show_it(html: str) -> None:
    for name in ("sharpe", "cagr", "max_drawdown", "win_rate", "profit_factor", "expectancy_r"):
        row = re.search(rf'<tr id="figure-{name}".*?</tr>', html)
        assert row
        assert " … " in row[0], name


@pytest.mark.parametrize(
    "part",
    ["equity", "underwater", "yearly", "in-r", "calibration", "cost", "delay"],
)
def test_every_picture_has_its_place_and_its_values(html: str, part: str) -> None:
    assert html.count(f'data-plot="{part}"') == 1
    assert f'"{part}":{{"data":[{{' in html


def test_coins_months_falls_and_search_are_there(html: str) -> None:
    assert all(f"<option>{coin}</option>" in html for coin in ("BTCUSDT", "ETHUSDT", "SOLUSDT"))
    assert len(re.findall(r"<tr><td>202[34]</td>", html)) == 2
    assert html.count("<td>", html.index('id="falls"'), html.index('id="robust"')) >= 10
    assert "<b>0.620</b>" in html
    assert "no edge shown" in html
    assert "14, SOLUSDT 14" in html


def test_text_of_a_setting_stays_text(html: str) -> None:
    assert "&lt;b&gt;&amp;&lt;/script&gt;" in html


def test_same_run_gives_the_same_page(html: str) -> None:
    assert page(run(), SearchEvidence(0, 240, 0.62, 0.31, SearchVerdict.NO_EDGE), 0.44) == html


def test_run_without_a_trade_or_a_sweep_says_so() -> None:
    html = page(run(days=10, trades=0, swept=False))
    assert html.count("No trade was closed.") == 2
    assert "This run did not vary its costs." in html
    assert "The run kept no candles." in html
    assert 'data-plot="cost"' not in html
    assert 'id="search"' not in html
