"""A pane as rows of plain values: what `quorum show` writes as CSV."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from functions.panes.answers import DataPane, MarketPane, Pane, PortfolioPane
from functions.performance.answers import ReadinessAnswer

Row = Mapping[str, object]


def rows_of(pane: Pane) -> list[Row]:
    """Return the rows of a pane's main table, each with the pane's moment; prices as they are stored."""
    return [{"as_of": pane.as_of.isoformat(), **row} for row in _rows(pane)]


def _rows(pane: Pane) -> Sequence[Row]:
    if isinstance(pane, MarketPane):
        return [row.model_dump(mode="json", exclude={"closes"}) for row in pane.rows]
    if isinstance(pane, PortfolioPane):
        return [account.model_dump(mode="json", exclude={"unpriced"}) for account in pane.report.accounts]
    if isinstance(pane, DataPane):
        return [source.model_dump(mode="json") for source in pane.sources]
    if isinstance(pane, ReadinessAnswer):
        lines = {"plan": pane.plan, "real_money": pane.real_money}
        return [{"asks": asks, **line.model_dump(mode="json")} for asks, of_it in lines.items() for line in of_it]
    kept = {"signal_id", "symbol", "direction", "timeframe", "close_time", "score", "confidence", "coverage", "entry", "stop"}
    return [
        {
            **signal.model_dump(mode="json", include=kept),
            **{f"tp{place}": target for place, target in enumerate(signal.targets, start=1)},
            "state": signal.state.value,
            "ended_at": signal.ended_at.isoformat() if signal.ended_at else None,
        }
        for signal in pane.signals
    ]


def csv_of(pane: Pane) -> str:
    """Return the rows as CSV with a heading; empty without rows."""
    rows = rows_of(pane)
    text = StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
