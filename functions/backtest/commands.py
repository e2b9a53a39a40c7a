"""`quorum backtest`: the live rules over a folder of candles, or over those of the database."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

Symbols = Annotated[str, typer.Option(help="e.g. BTCUSDT,ETHUSDT; all by default")]
Daily = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="folder of daily candles from before: the gate needs 200")
]
FearGreed = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="csv with the columns date and value")]
Uneven = Annotated[bool, typer.Option("--uneven", help="symbols may begin later or end earlier than the span")]
Since = Annotated[str, typer.Option("--from", help="first day, e.g. 2024-03-01; by default the first of the candles")]
Until = Annotated[str, typer.Option("--to", help="the day it ends before, e.g. 2024-07-01; by default the last")]
Report = Annotated[Path | None, typer.Option(dir_okay=False, help="write the report as one HTML file, sweeps included")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")]


class Rules(StrEnum):
    """What the desk of a backtest trades."""

    SIGNALS = "signals"
    TECHNICAL = "technical"
    DIPS = "dips"
    CORE = "core"


def backtest(
    data: Annotated[str, typer.Option(help="folder of SYMBOL.parquet (5m), SYMBOL_1h.parquet, ...; or db")],
    since: Since = "",
    until: Until = "",
    symbols: Symbols = "",
    weights: Annotated[
        str, typer.Option(help="of the factors, e.g. technical=40, momentum=10; by default the shipped ones")
    ] = "",
    daily: Daily = None,
    fear_greed: FearGreed = None,
    rules: Annotated[Rules, typer.Option(help="signals, technical setups, dip orders, or the weekly allocation")] = Rules.SIGNALS,
    dips: Annotated[str, typer.Option(help="of dip orders, e.g. slots=20, strength=off; see docs/dip-orders.md")] = "",
    panel: Annotated[Path | None, typer.Option(exists=True, help="parquet of symbol, date, quote_volume")] = None,
    sweeps: Annotated[
        bool, typer.Option("--sweeps", help="also without each factor, at other costs, with later entries")
    ] = False,
    uneven: Uneven = False,
    store: Annotated[
        bool, typer.Option("--store", help="keep a run over a folder in the desk's database, too: /backtest shows it")
    ] = False,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Trade the past as the desk would have: shared capital, costs, limits, beside random entries and buying Bitcoin."""
    from functions.backtest.run.command import Asked, run_command

    asked = Asked(
        data=data,
        since=day_of(since),
        until=day_of(until),
        symbols=symbols,
        weights=weights,
        daily=daily,
        fear_greed=fear_greed,
        trades=rules.value,
        dips=dips,
        panel=panel,
        sweeps=sweeps or report is not None,
        uneven=uneven,
        store=store,
    )
    document = run_command(asked, report)
    _tell(document, as_json=as_json)


def backtest_search(
    data: Annotated[str, typer.Option(help="folder of SYMBOL.parquet (5m), SYMBOL_1h.parquet, SYMBOL_4h.parquet, ...")],
    since: Since = "",
    until: Until = "",
    symbols: Symbols = "",
    daily: Daily = None,
    fear_greed: FearGreed = None,
    uneven: Uneven = False,
    tried: Annotated[
        list[str] | None, typer.Option("--try", help="values of a parameter, e.g. hold=5|7|14; again for more parameters")
    ] = None,
    past: Annotated[int, typer.Option(help="days that a choice is made on")] = 365,
    embargo: Annotated[
        int, typer.Option(help="days between them and the test, 7 at least, and no fewer than a trade is held")
    ] = 14,
    test: Annotated[int, typer.Option(help="days that a choice is traded on")] = 91,
    processes: Annotated[int, typer.Option(help="that run trials; other machines may run the same command")] = 1,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Choose weights, thresholds and exits on the past and trade them on the days after it, window by window."""
    from functions.backtest.run.command import Asked
    from functions.backtest.search.run.command import SearchAsked, run_search
    from functions.backtest.search.windows import WindowRules
    from functions.settings import Settings

    span = Asked(
        data=data,
        since=day_of(since),
        until=day_of(until),
        symbols=symbols,
        daily=daily,
        fear_greed=fear_greed,
        uneven=uneven,
        sweeps=report is not None,
    )
    asked = SearchAsked(span, tuple(tried or ()), WindowRules(past, embargo, test), processes)
    document = run_search(Settings.load(), asked, report)
    _tell(document, as_json=as_json)


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    """Print what came of a command, as one JSON document or as lines."""
    import orjson

    for line in [orjson.dumps(document).decode()] if as_json else lines(document):
        typer.echo(line)


def day_of(text: str) -> datetime | None:
    """Read a day; None for an empty text.

    Raises:
        InputRejected: it is none.
    """
    from functions.technical.commands import moment_of

    return moment_of(text) if text else None


def lines(document: dict[str, object]) -> list[str]:
    """Return the figures as lines for a person."""
    shown = [
        f"{name.replace('_', ' ')}: {_written(value)}" for name, value in document.items() if not isinstance(value, dict | list)
    ]
    notes = document.get("notes")
    return [*shown, *(f"note: {note}" for note in (notes if isinstance(notes, list) else []))]


def _written(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)
