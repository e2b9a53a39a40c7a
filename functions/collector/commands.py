"""`quorum collector ...`: load history, run the stream, see the state."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from functions.errors import InputRejected, RetryLater

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from functions.market.candles.gaps import Run
    from functions.market.candles.timeframe import Timeframe

app = typer.Typer(no_args_is_help=True, help="Market data: history, stream, state.")
console = Console()


@app.command()
def backfill(
    symbol: Annotated[list[str] | None, typer.Option(help="pair to load; may be given again; default: the watched ones")] = None,
    days: Annotated[int | None, typer.Option(help="days of history; default: HISTORY_DAYS")] = None,
    timeframe: Annotated[list[str] | None, typer.Option(help="5m, 15m, 1h, 4h or 1d; may be given again; default: all")] = None,
) -> None:
    """Load what is missing of the history. Stopped half-way it goes on where it was."""
    from functions.logs import configure_logs
    from functions.market.run.jobs import backfill_history
    from functions.market.run.repair import ORDER
    from functions.settings import Settings

    settings = Settings.load()
    configure_logs(settings.log_format, "warning", settings.secrets)
    names = [name.upper() for name in symbol or []]
    timeframes = [_timeframe(name) for name in timeframe or []]
    wanted = settings.history_days if days is None else days
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with _database(settings.database("functions")) as engine, Progress(*columns, console=console) as progress:
        task = progress.add_task("candles", total=None)

        def plan(candles: int) -> None:
            progress.update(task, total=candles)

        def show(run: "Run", _came: int) -> None:
            progress.update(task, advance=run.count, description=f"{run.symbol} {run.timeframe}")

        report = asyncio.run(backfill_history(settings, engine, names, wanted, timeframes or ORDER, on_plan=plan, on_page=show))
        progress.update(task, description="history")
    console.print(
        f"{report.added} candles added, {report.revised} corrected; {report.filled} gaps filled,"
        f" {report.absent} the exchange has no candles for"
    )


@app.command()
def stream(top: Annotated[int | None, typer.Option(help="how many pairs; default: TOP_SYMBOLS", min=1, max=2000)] = None) -> None:
    """Run the collector in the foreground until Ctrl-C."""
    from functions.collector.main import collect
    from functions.logs import configure_logs
    from functions.settings import Settings

    settings = Settings.load()
    if top is not None:
        settings = settings.model_copy(update={"top_symbols": top, "symbols": ()})
    configure_logs(settings.log_format, settings.log_level, settings.secrets)
    asyncio.run(collect(settings))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show the collector's last word, and what of the data is stale, missing or revised."""
    from functions.clock import wall_now
    from functions.market import store
    from functions.market.run.state import market_state
    from functions.settings import Settings
    from functions.status.store import heartbeats

    settings = Settings.load()
    with _database(settings.database("dashboard")) as engine:
        state = market_state(settings, engine, settings.clock.now())
        with engine.connect() as connection:
            beat = next((beat for beat in heartbeats(connection) if beat.part == "collector"), None)
            revised = store.count_revisions(connection)
    detail = beat.detail if beat else {}
    age = (wall_now() - beat.at).total_seconds() if beat else None
    if as_json:
        console.print_json(
            data={"heartbeat_age_s": age, "collector": detail, "revisions": revised, **state.model_dump(mode="json")}
        )
        return
    console.print("collector never heard of" if age is None else f"collector heard {age:.0f} s ago")
    for name in (
        "status",
        "connections",
        "last_frame_age_s",
        "delay_p50_s",
        "delay_p99_s",
        "reconnects",
        "clock_skew_s",
        "malformed",
    ):
        if name in detail:
            console.print(f"  {name.replace('_', ' ')}: {detail[name]}")
    table = Table("timeframe", "candles", "newest close (UTC)", "open gaps", "stale pairs")
    for timeframe_status in state.timeframes:
        newest = f"{timeframe_status.newest_close:%Y-%m-%d %H:%M}" if timeframe_status.newest_close else "none"
        table.add_row(
            timeframe_status.timeframe,
            f"{timeframe_status.candles:,}",
            newest,
            str(timeframe_status.open_gaps),
            "; ".join(timeframe_status.stale[:3]) or "none",
        )
    console.print(table)
    gaps = state.gaps
    console.print(
        f"gaps: {gaps['open']} open, {gaps['opened']} opened and {gaps['closed']} closed in 24 h;"
        f" revisions: {revised}; stale prices: {state.stale_prices} of {state.watched}"
    )


@contextmanager
def _database(url: str) -> "Iterator[Engine]":
    from db.away import DATABASE_AWAY
    from db.connect import engine_for
    from functions.logs.database import database_words

    engine = engine_for(url, application="quorum-collector-command")
    try:
        yield engine
    except DATABASE_AWAY as error:
        raise RetryLater("database_away", f"{database_words(error)}; what was stored stays, start again") from error
    finally:
        engine.dispose()


def _timeframe(name: str) -> "Timeframe":
    from functions.market.candles.timeframe import Timeframe

    try:
        return Timeframe(name)
    except ValueError:
        raise InputRejected("unsupported_timeframe", f"expected 5m, 15m, 1h, 4h or 1d, got {name}") from None
