"""The example in docs/screener.md is what the code computes."""

import re
from dataclasses import fields
from pathlib import Path

from functions.market.candles.freshness import Fresh
from functions.screener.explain import why
from functions.screener.filters import FilterResult
from functions.screener.rank import PARTS, score
from functions.screener.rules import PartWeights
from tests.unit.screener.market import NOW, measures, quotes

PAGE = (Path(__file__).parents[3] / "docs/screener.md").read_text()
PAIR = measures(direction=[1.0], strength=[2 / 3], adx=[30.0], rsi=[64.0], atr=[0.05], volume_average=[5e4])
LABELS = {"trend": "trend", "rsi": "RSI setup", "volume": "volume", "volatility": "volatility"}


def between(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n(.*?)\n<!-- /{mark} -->", PAGE, re.DOTALL)
    assert found, mark
    return found[1]


def test_example_scores() -> None:
    found, weights = score(quotes(), PAIR, PartWeights()), PartWeights()
    table = between("example")
    for name in PARTS:
        part = float(getattr(found, name)[0])
        row = next(line for line in table.splitlines() if line.startswith(f"| {LABELS[name]} |"))
        assert row.endswith(f"| {part:.4f} | {part * getattr(weights, name):.4f} |"), row
    assert f"**{found.score[0]:.4f}**" in table


def test_example_reasons() -> None:
    found = score(quotes(), PAIR, PartWeights())
    reasons = why(0, quotes(), PAIR, found, [Fresh("P00USDT", None, NOW - NOW)], PartWeights())
    assert between("reasons").splitlines() == [f"- {reason.text}" for reason in reasons]


def test_weights_and_filters_of_the_page_are_those_of_the_code() -> None:
    for field in fields(PartWeights):
        assert f"| {LABELS[field.name]} | {getattr(PartWeights(), field.name):.2f} |" in PAGE
    codes = [verdict.name.lower() for verdict in FilterResult if verdict is not FilterResult.PASSED]
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == codes
