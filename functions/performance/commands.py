"""`quorum export`: trades, signals, equity or scores as CSV."""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from functions.performance.exports import Export, Exported, csv_lines


def export(
    table: Annotated[Export, typer.Argument(help="trades, signals, equity or scores")],
    since: Annotated[str, typer.Option("--from", help="first moment, e.g. 2026-11-01; by default the first there is")] = "",
    until: Annotated[str, typer.Option("--to", help="last moment; by default now")] = "",
    account: Annotated[
        str, typer.Option(help="of trades and equity: desk, manual, technical, watch_list, random, dips or core")
    ] = "",
    symbol: Annotated[str, typer.Option(help="e.g. BTCUSDT, of trades, signals and scores")] = "",
    out: Annotated[Path | None, typer.Option(help="the file; by default it is printed")] = None,
) -> None:
    """Write trades, signals, equity or scores as CSV, as they stood at the last moment."""
    from db.connect import engine_for
    from functions.moments import FIRST_MOMENT
    from functions.performance.run.export import export_table
    from functions.settings import Settings
    from functions.technical.commands import moment_of

    settings = Settings.load()
    first = moment_of(since) if since else FIRST_MOMENT
    last = moment_of(until) if until else max(settings.clock.now(), datetime.now(UTC))
    engine = engine_for(settings.database("dashboard"), application="quorum-export")
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            exported = export_table(connection, table, first, last, settings.gate_symbol, account=account, symbol=symbol.upper())
            with out.open("w", newline="", encoding="utf-8") if out else nullcontext(sys.stdout) as file:
                count = _write(file, exported)
    finally:
        engine.dispose()
    where = f" to {out}" if out else ""
    typer.echo(f"wrote {count} rows of {table.value}{where}", err=True)


def _write(file: TextIO, exported: Exported) -> int:
    """Write the rows under a line of their names; return how many there were."""
    lines = -1
    for lines, line in enumerate(csv_lines(exported)):  # noqa: B007 - the number of the last one is that of the rows
        file.write(line)
    return lines
