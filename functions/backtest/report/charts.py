"""The pictures of a report, as values that plotly draws: no picture says what no table says."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from functions.arrays import FloatArray
from functions.backtest.report.contents import Contents
from functions.backtest.result import AccountResult, BacktestResult, BacktestTrade
from functions.paper.settling.position import FillReason
from functions.performance.metrics.equity import max_drawdown, sharpe, total_return, underwater
from functions.performance.metrics.periods import yearly_figures

Figure = dict[str, Any]
# Told apart without colour vision (Okabe and Ito 2008); each line has its own dash as well.
COLOURS = ("#0072b2", "#e69f00", "#cc79a7", "#56b4e9", "#009e73", "#999999", "#d55e00")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "solid", "longdashdot")
UP, DOWN = "#0072b2", "#d55e00"
GRID = "rgba(128,128,128,.22)"
KINDS = {"cost": "basis points a side", "delay": "5m candles late"}


def layout(**changes: Any) -> Figure:
    """Return what all pictures share; an axis given here adds to it."""
    axes = {name: {"gridcolor": GRID, "zeroline": False, **changes.pop(name, {})} for name in ("xaxis", "yaxis")}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#7b8494"},
        "margin": {"l": 48, "r": 12, "t": 8, "b": 36},
        "hovermode": "x unified",
        "hoverlabel": {"font": {"color": "#1b2330"}, "bgcolor": "#ffffff"},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "height": 340,
        **axes,
        **changes,
    }


def equity(result: BacktestResult, shown: Contents) -> Figure:
    """Return what 1000 USDT became, of every account and benchmark, on a log scale."""
    days = [day.isoformat() for day in result.days]
    cloud: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": days,
            "y": _round(1000 * worth),
            "line": {"color": "rgba(128,128,128,.35)", "width": 1},
            "showlegend": False,
            "hoverinfo": "skip",
        }
        for worth in (shown.draws if len(shown.draws) > 1 else ())
    ]
    traces: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": column.title,
            "x": days,
            "y": _round(1000 * column.worth),
            "line": {"color": COLOURS[n % 7], "dash": DASHES[n % 7], "width": 2.6 if n == 0 else 1.5},
            "visible": True if column.name not in ("watch_list",) else "legendonly",
        }
        for n, column in enumerate(shown.columns)
    ]
    return {"data": [*cloud, *traces], "layout": layout(height=420, yaxis={"type": "log", "tickformat": ",.0f"})}


def under_water(result: BacktestResult, shown: Contents) -> Figure:
    """Return how far the desk lay under its high each day, in percent."""
    days = [day.isoformat() for day in result.days[1:]]
    trace = {
        "type": "scatter",
        "mode": "lines",
        "fill": "tozeroy",
        "name": "Under its high",
        "x": days,
        "y": _round(100 * underwater(shown.track.returns)),
        "line": {"color": DOWN, "width": 1},
        "fillcolor": "rgba(213,94,0,.25)",
        "hovertemplate": "%{y:.2f}%",
    }
    return {"data": [trace], "layout": layout(height=220, yaxis={"ticksuffix": "%"})}


def yearly(result: BacktestResult, shown: Contents) -> Figure:
    """Return the return of each year of the desk, beside Bitcoin's."""
    bars = []
    for place, column in enumerate(one for one in shown.columns if one.name in (result.desk.name, "btc")):
        returns: FloatArray = column.worth[1:] / column.worth[:-1] - 1.0
        years = yearly_figures(result.days[0].date(), returns)
        bars.append(
            {
                "type": "bar",
                "name": column.title,
                "x": [str(year.year) for year in years],
                "y": _round(np.array([100 * year.total_return for year in years])),
                "marker": {"color": COLOURS[0] if place == 0 else COLOURS[5]},
                "texttemplate": "%{y:+.1f}%",
                "textposition": "outside",
                "cliponaxis": False,
            }
        )
    return {"data": bars, "layout": layout(height=280, barmode="group", xaxis={"type": "category"}, yaxis={"ticksuffix": "%"})}


def in_r(shown: Contents) -> Figure:
    """Return how the results of closed trades are spread, in R."""
    r = shown.track.trades.r
    trace = {
        "type": "histogram",
        "x": _round(r[~np.isnan(r)]),
        "xbins": {"size": 0.1},
        "marker": {"color": UP},
        "name": "Trades",
        "hovertemplate": "%{x}: %{y}",
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": "#7b8494", "dash": "dot"}}
    return {"data": [trace], "layout": layout(height=280, shapes=[zero], xaxis={"title": {"text": "R"}}, showlegend=False)}


def calibration(shown: Contents) -> Figure:
    """Return how often trades of each band of confidence won: if confidence says anything, it rises."""
    bands = shown.slices.confidence
    trace = {
        "type": "bar",
        "x": [band.label for band in bands],
        "y": _round(np.array([100 * band.win_rate for band in bands])),
        "text": [f"{band.trades} trades" for band in bands],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": UP},
        "hovertemplate": "%{y:.1f}% of %{text}",
    }
    axes = {"xaxis": {"title": {"text": "confidence"}, "type": "category"}, "yaxis": {"ticksuffix": "%", "range": [0, 108]}}
    return {"data": [trace], "layout": layout(height=280, showlegend=False, **axes)}


def sweep(result: BacktestResult, kind: str) -> Figure | None:
    """Return the Sharpe ratio over the values of one setting; None when the run did not sweep it."""
    points = [(float(variant.value), _figures(variant.account)) for variant in result.variants if variant.kind == kind]
    if not points:
        return None
    points.sort(key=lambda point: point[0])
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Sharpe",
        "x": [value for value, _ in points],
        "y": _round(np.array([figures["sharpe"] for _, figures in points])),
        "line": {"color": UP},
    }
    axes = {"xaxis": {"title": {"text": KINDS[kind]}}, "yaxis": {"title": {"text": "Sharpe"}}}
    return {"data": [trace], "layout": layout(height=260, showlegend=False, **axes)}


def variants(result: BacktestResult, kind: str) -> list[tuple[str, Mapping[str, float]]]:
    """Return the figures of each variant of a kind by what it differs in, the desk as it is first."""
    chosen = [(one.value.replace("onchain", "on-chain").capitalize(), one.account) for one in result.variants if one.kind == kind]
    return [(label, _figures(account)) for label, account in [("Desk as it is", result.desk), *chosen]] if chosen else []


def coins(result: BacktestResult) -> dict[str, Figure]:
    """Return a chart of every coin whose candles are there: daily candles, the desk's entries and exits."""
    by_symbol: dict[str, list[BacktestTrade]] = {}
    for trade in result.desk.trades:
        by_symbol.setdefault(trade.symbol, []).append(trade)
    order = sorted(result.prices, key=lambda symbol: (-len(by_symbol.get(symbol, ())), symbol))
    return {symbol: _coin(result, symbol, by_symbol.get(symbol, [])) for symbol in order}


def _coin(result: BacktestResult, symbol: str, trades: Sequence[BacktestTrade]) -> Figure:
    prices = result.prices[symbol]
    candles = {
        "type": "candlestick",
        "name": symbol,
        "x": [day.date().isoformat() for day in prices.days],
        **{name: _round(np.array(getattr(prices, name))) for name in ("open", "high", "low", "close")},
        "increasing": {"line": {"color": UP, "width": 1}, "fillcolor": "rgba(0,114,178,.35)"},
        "decreasing": {"line": {"color": DOWN, "width": 1}, "fillcolor": "rgba(213,94,0,.35)"},
    }
    entries = [(trade, fill) for trade in trades for fill in trade.fills if fill.reason is FillReason.ENTRY]
    exits = [(trade, fill) for trade in trades for fill in trade.fills if fill.reason is not FillReason.ENTRY]
    marks = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [fill.at.isoformat() for _, fill in fills],
            "y": _round(np.array([float(fill.price) for _, fill in fills])),
            "text": [f"#{trade.number} {trade.side.value}, {fill.reason.value}, {trade.r:+.2f} R" for trade, fill in fills],
            "hovertemplate": "%{text}<br>%{y}",
            "marker": {"symbol": shape, "size": 9, "color": colour, "line": {"width": 1, "color": "#ffffff"}},
        }
        for name, fills, shape, colour in (
            ("Entry", entries, "triangle-up", "#009e73"),
            ("Exit", exits, "x", "#cc79a7"),
        )
        if fills
    ]
    changes = layout(height=440, hovermode="closest", xaxis={"rangeslider": {"visible": False}, "type": "date"})
    return {"data": [candles, *marks], "layout": changes}


def _figures(account: AccountResult) -> dict[str, float]:
    worth = np.array([float(equity) for equity in account.equity])
    returns: FloatArray = worth[1:] / worth[:-1] - 1.0
    r = np.array([trade.r for trade in account.closed])
    return {
        "trades": float(len(r)),
        "total_return": total_return(returns),
        "sharpe": sharpe(returns),
        "max_drawdown": max_drawdown(returns),
        "expectancy_r": float(r.mean()) if len(r) else np.nan,
    }


def _round(values: FloatArray) -> list[float]:
    """Return the values to six digits: more is not seen, and a report has a hundred thousand of them."""
    return [float(f"{value:.6g}") for value in values]
