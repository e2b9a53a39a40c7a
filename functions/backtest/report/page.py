"""A backtest as one HTML file: it opens offline, and stands for itself when it is passed on.

Path("report.html").write_text(page(result))
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from functions.backtest.report import charts
from functions.backtest.report.contents import Column, Contents, contents, figure_names, has_library
from functions.backtest.result import BacktestResult
from functions.outcomes.sequences import Interval
from functions.performance.metrics.definitions import DEFINITIONS, write
from functions.performance.metrics.drawdowns import drawdown_episodes
from functions.performance.metrics.periods import monthly_returns
from functions.performance.readiness.targets import TRADING, Standing
from functions.performance.statistics.verdict import SearchEvidence

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DEEPEST = 10
NEWEST = 500  # trades in the table
WORDS = {
    Standing.MET: "met",
    Standing.MINIMUM: "minimum only",
    Standing.MISSED: "not met",
    Standing.UNKNOWN: "not known",
}


def page(result: BacktestResult, search: SearchEvidence | None = None, overfitting: float | None = None) -> str:
    """Return the report of a run as HTML.

    Args:
        result: of the run.
        search: what its settings are worth, if they were the best of many.
        overfitting: how often the best of the past is one of the worse half afterwards, if it was measured.
    """
    shown = contents(result)
    figures = {
        "equity": charts.equity(result, shown),
        "underwater": charts.under_water(result, shown),
        "yearly": charts.yearly(result, shown),
        "in-r": charts.in_r(shown) if result.desk.closed else None,
        "calibration": charts.calibration(shown) if result.desk.closed else None,
        "cost": charts.sweep(result, "cost"),
        "delay": charts.sweep(result, "delay"),
    }
    drawn = {name: figure for name, figure in figures.items() if figure}
    coins = charts.coins(result)
    html: str = _template().render(
        result=result,
        days=len(result.days) - 1,
        targets=_targets(shown),
        figures=[_row(name, shown) for name in figure_names()],
        columns=shown.columns,
        months=_months(result, shown),
        month_names=MONTHS,
        falls=_falls(result, shown),
        parts=shown.slices,
        ablation=charts.variants(result, "without"),
        costs=charts.variants(result, "cost"),
        delays=charts.variants(result, "delay"),
        search=search,
        overfitting=overfitting,
        trades=[*reversed(result.desk.trades)][:NEWEST],
        gaps=sum(result.data.gaps.values()),
        shade=_shade,
        write=write,
        drawn=drawn,
        coins=[*coins],
        data=_embedded({"figures": drawn, "coins": coins}),
        script=_plotly(),
    )
    return html


def _template() -> Any:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")


def _plotly() -> Markup:
    """Return plotly's own script: the page must not ask anybody for it."""
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs())  # noqa: S704 - plotly's own, and it holds no end of a script


def _embedded(values: object) -> Markup:
    """Return values as JSON that no text in it can end."""
    text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - nothing in it can open a tag any more


def _targets(shown: Contents) -> list[dict[str, str]]:
    """Return the targets of the plan with what was reached."""
    cards = []
    for target in TRADING:
        standing = target.standing(shown.columns[0].figures[target.figure])
        sign = ">" if target.above else "<"
        minimum = "" if target.minimum is None else write(target.figure, target.minimum)
        cards.append(
            {
                "title": DEFINITIONS[target.figure].title,
                "value": write(target.figure, shown.columns[0].figures[target.figure]),
                "asked": f"{sign} {write(target.figure, target.plan)}",
                "minimum": f"{sign} {minimum}",
                "standing": standing.value,
                "words": WORDS[standing],
                "figure": target.figure,
            }
        )
    return cards


def _row(name: str, shown: Contents) -> dict[str, Any]:
    """Return a line of the table of figures."""
    definition = DEFINITIONS[name]
    return {
        "name": name,
        "title": definition.title,
        "formula": definition.formula,
        "says": definition.says,
        "interval": _interval(name, shown.around.get(name)),
        "library": write(name, shown.library[name]) if has_library(name) else "",
        "agrees": _agrees(shown.columns[0].figures[name], shown.library.get(name)),
        "values": [_value(name, column) for column in shown.columns],
    }


def _value(name: str, column: Column) -> str:
    return write(name, column.figures.get(name))


def _interval(name: str, interval: Interval | None) -> str:
    if interval is None:
        return ""
    low, high = write(name, interval.low), write(name, interval.high)
    return f"{low.partition(' ')[0]} … {high}"


def _agrees(ours: float, theirs: float | None) -> bool:
    return theirs is None or bool(np.isclose(ours, theirs, rtol=1e-12, atol=1e-15, equal_nan=True))


def _months(result: BacktestResult, shown: Contents) -> list[tuple[int, list[float | None], float]]:
    """Return a line a year: its months, and the year."""
    months: Mapping[tuple[int, int], float] = monthly_returns(result.days[0].date(), shown.track.returns)
    years = sorted({year for year, _ in months})
    lines = []
    for year in years:
        of_year = [months.get((year, month)) for month in range(1, 13)]
        whole = float(np.prod([1 + value for value in of_year if value is not None])) - 1
        lines.append((year, of_year, whole))
    return lines


def _shade(value: float | None) -> str:
    """Return the colour of a month's cell: deeper for more; the sign before the figure says the same."""
    if value is None:
        return "transparent"
    depth = min(abs(value) / 0.08, 1) * 0.55
    return f"rgba(0,114,178,{depth:.2f})" if value >= 0 else f"rgba(213,94,0,{depth:.2f})"


def _falls(result: BacktestResult, shown: Contents) -> list[dict[str, str]]:
    """Return the deepest falls with their dates."""
    last = len(result.days) - 1
    return [
        {
            "depth": f"{100 * fall.depth:.2f}%",
            "peak": f"{result.days[fall.peak]:%Y-%m-%d}",
            "trough": f"{result.days[fall.trough]:%Y-%m-%d}",
            "recovered": "not yet" if fall.recovered is None else f"{result.days[fall.recovered]:%Y-%m-%d}",
            "days": str(fall.days(last)),
        }
        for fall in drawdown_episodes(shown.track.returns)[:DEEPEST]
    ]
