"""`quorum dashboard` and `quorum show`: the four panes in the terminal, or one of them as text."""

import secrets
import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from functions.errors import Conflict, InputRejected
from functions.panes.names import PaneName
from tui.theme import Colours

if TYPE_CHECKING:
    from functions.panes.run.read import PaneReader
    from functions.settings import Settings

AsOfText = Annotated[str, typer.Option("--as-of", help='the moment to show, UTC, e.g. "2026-11-03 14:15"')]


def dashboard(
    as_of: AsOfText = "",
    colours: Annotated[Colours, typer.Option(help="of up and down; a mark always stands beside them")] = Colours.BLUE_ORANGE,
    *,
    web: Annotated[bool, typer.Option("--web", help="in a browser of this machine; prints the address with its token")] = False,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="of --web")] = 8720,
) -> None:
    """Show market, signals, portfolio and data in the terminal, or in a browser; it changes nothing."""
    settings = _asked_about()
    moment = moment_of(as_of, settings)
    reader = reader_of(settings)
    if web:
        _serve(as_of, colours, port)
        return
    from tui.app import Dashboard, freeze

    freeze()
    Dashboard(reader, as_of=moment, colours=colours, now=settings.clock.now).run()


def show(
    pane: PaneName,
    as_of: AsOfText = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="everything the pane holds")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="the rows of its main table")] = False,
) -> None:
    """Print one pane of the dashboard: market, signals, portfolio or data."""
    settings = _asked_about()
    found = reader_of(settings).read(pane, moment_of(as_of, settings))
    if as_json:
        typer.echo(found.model_dump_json())
    elif as_csv:
        from functions.panes.rows import csv_of

        typer.echo(csv_of(found), nl=False)
    else:
        from tui.tables import text_of

        typer.echo(text_of(found))


def _serve(as_of: str, colours: Colours, port: int) -> None:
    """Serve the dashboard to a browser; each tab runs this command again, without `--web`."""
    from tui.web.server import serve

    chosen = ["--colours", colours.value, *(["--as-of", as_of] if as_of else [])]
    command = shlex.join([sys.executable, "-m", "functions.cli", "dashboard", *chosen])

    def tell(address: str) -> None:
        typer.echo(f"The dashboard is at {address}\nOnly this machine reaches it, and only with this address. Ctrl-C ends it.")

    serve(command, secrets.token_urlsafe(24), port, tell)


def moment_of(text: str, settings: "Settings") -> datetime | None:
    """Return the moment that a person wrote, in UTC; None for an empty text.

    Raises:
        InputRejected: it is no time, or one that is still to come.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputRejected("wrong_time", f'--as-of: expected a UTC time like "2026-11-03 14:15", got {text!r}') from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    now = settings.clock.now()
    if moment > now:
        raise InputRejected("future_time", f"--as-of: {moment:%Y-%m-%d %H:%M} UTC is still to come; it is {now:%Y-%m-%d %H:%M}")
    return moment


def _asked_about() -> "Settings":
    from functions.operations.desks import asked_about

    return asked_about(Console(stderr=True))


def reader_of(settings: "Settings") -> "PaneReader":
    """Return the panes of a desk, read with the dashboard's own role.

    Raises:
        Conflict: the database has no tables, or those of another version.
        DatabaseAway: it does not answer.
    """
    from db.connect import engine_for
    from functions.operations.checks.preflight import database_answers
    from functions.panes.run.read import PaneReader
    from functions.scoring.run.settings import rules_of

    database_answers(settings)
    _same_version(settings)
    engine = engine_for(settings.database("dashboard"), application="quorum-dashboard")
    return PaneReader(engine, settings.clock, rules_of(settings))


def _same_version(settings: "Settings") -> None:
    from db.migrate import current_and_head

    current, head = current_and_head(settings.owner_url)
    if current is None:
        raise Conflict("no_tables", "the database has no tables yet: `quorum migrate` makes them, `make up` starts the desk")
    if current != head:
        raise Conflict(
            "other_version", f"the database is at revision {current}, this Quorum at {head}: `quorum migrate` brings it there"
        )
