"""The command line: `quorum COMMAND`. Errors are one line and an exit code."""

import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from db.away import reason_of
from db.timescale import NotLoaded
from functions.backtest.commands import backtest, backtest_search
from functions.collector.commands import app as collector_commands
from functions.errors import Conflict, QuorumError
from functions.logs import hide_secrets
from functions.operations.n8n_commands import app as n8n_commands
from functions.operations.run import PartName
from functions.operations.screen_commands import dashboard, show
from functions.operations.upkeep.commands import service_app, uninstall, upgrade
from functions.performance.commands import export
from functions.sentiment.commands import sentiment_eval, sentiment_train
from functions.technical.commands import technical

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Begin with: quorum demo (all of it, simulated). Then: quorum up. Follow it: quorum logs -f. "
    "Help on one command: quorum up --help.",
)
console = Console()


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(f"quorum {version('quorum')}")
        raise typer.Exit


@app.callback()
def quorum(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="print the version and end", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Quorum: a crypto recommendation desk. It sends signals and trades on paper; it never places a real order."""


def init(target: Annotated[Path | None, typer.Argument(help="the file to write; by default .env")] = None) -> None:
    """Write .env with every secret made; what is set stays."""
    from functions.operations.init import write_env
    from functions.settings import env_file

    target = target or env_file()
    written = write_env(target)
    console.print(f"{target}: wrote {', '.join(written)}" if written else f"{target} is complete; nothing changed")
    console.print("TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS are yours to fill in; everything works without them but Telegram.")


def up() -> None:
    """Start everything, show how it is, keep it running until Ctrl-C."""
    from functions.operations.init import write_env
    from functions.operations.up import up as run_up
    from functions.settings import Settings, env_file

    if write_env(env_file()):
        console.print(f"wrote {env_file()} with fresh secrets")
    run_up(Settings.load(), console)


def demo(
    seconds: Annotated[float, typer.Option(help="end by itself after so many seconds; 0 runs until Ctrl-C")] = 0,
    speed: Annotated[float, typer.Option(help="seconds of market time in one second", min=1, max=120)] = 20,
) -> None:
    """Run the same desk against a simulated exchange and Telegram: no keys, no account, signals within three minutes."""
    from functions.operations.demo import run_demo

    run_demo(console, seconds=seconds, speed=speed)


def status(*, as_json: Annotated[bool, typer.Option("--json", help="for a program to read")] = False) -> None:
    """Show what runs, how far the data reaches, and what is missing."""
    from functions.operations import page
    from functions.operations.desks import asked_about
    from functions.operations.supervise import Supervisor

    settings = asked_about(Console(stderr=True))
    supervisor = Supervisor(settings.data_dir)
    if as_json:
        console.print_json(data={"processes": supervisor.states() or {}, "status": page.read_status(settings)})
    else:
        console.print(page.render(settings, supervisor))


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    parts: Annotated[bool, typer.Option("--parts", help="only whether the parts work, as after an upgrade")] = False,
) -> None:
    """Check database, migrations, clock, disk, sources, n8n, Telegram, data; exit 0 when all is well, 1 when not."""
    from functions.operations.checks.doctor import examine, of_the_version, render
    from functions.operations.desks import asked_about

    findings = examine(asked_about(Console(stderr=True)))
    findings = of_the_version(findings) if parts else findings
    if as_json:
        console.print_json(data=[finding.as_row() for finding in findings])
    else:
        console.print(render(findings))
    raise typer.Exit(1 if any(finding.failed for finding in findings) else 0)


def migrate() -> None:
    """Bring the database to today's tables and roles."""
    from db.migrate import migrate as run_migrate
    from functions.operations.checks.preflight import database_answers
    from functions.settings import Settings

    settings = Settings.load()
    database_answers(settings)
    remark = run_migrate(settings.owner_url, settings.passwords)
    console.print("the database is at the newest revision")
    if remark:
        console.print(remark)


def run(part: PartName) -> None:
    """Become one part: postgres, functions, collector, n8n or the watchdog. The process manager and compose use it."""
    from functions.operations.run import run as become
    from functions.settings import Settings

    become(part, Settings.load())


def logs(
    module: Annotated[str, typer.Option(help="only lines of this module, e.g. market or delivery")] = "",
    level: Annotated[str, typer.Option(help="this level and above: debug, info, warning, error")] = "info",
    lines: Annotated[int, typer.Option(help="how many, newest last")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="keep showing what comes")] = False,
) -> None:
    """Show the log of all parts as one stream."""
    from functions.operations.desks import asked_about
    from functions.operations.logview import show

    show(asked_about(Console(stderr=True)).data_dir / "logs", console, module=module, level=level, lines=lines, follow=follow)


def backup(target: Annotated[Path | None, typer.Argument(help="the file; by default one named by the time")] = None) -> None:
    """Write the whole database, n8n's tables in it, into one file; keep .env beside it."""
    from functions.operations.backup import backup as run_backup
    from functions.settings import Settings

    console.print(f"wrote {run_backup(Settings.load(), target)}")


def restore(
    source: Path, *, yes: Annotated[bool, typer.Option("--yes", help="replace what the database holds now")] = False
) -> None:
    """Put a backup back: everything the database holds now is replaced."""
    from functions.operations.backup import restore as run_restore
    from functions.settings import Settings

    run_restore(Settings.load(), source, replace=yes)
    console.print(f"restored {source}")


# `quorum --help` in this order: what a person wants first stands first.
INSIDE = "For the machine, and for who builds it"
PANELS: Mapping[str, tuple[Callable[..., None], ...]] = {
    "Every day": (demo, up, status, doctor, logs, dashboard),
    "Setting up and keeping": (init, upgrade, backup, restore, uninstall),
    "Numbers": (show, export, backtest, backtest_search, technical, sentiment_eval, sentiment_train),
    INSIDE: (migrate, run),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(service_app, name="service", rich_help_panel="Setting up and keeping")
app.add_typer(collector_commands, name="collector", rich_help_panel=INSIDE)
app.add_typer(n8n_commands, name="n8n", rich_help_panel=INSIDE)


def main() -> NoReturn:
    """Run the command line."""
    try:
        app()
    except QuorumError as error:
        fail(error.code, error.detail, error.exit_code)
    except DBAPIError as error:
        if reason_of(error) is None:  # a fault of ours: a person must see where
            raise
        from functions.operations.checks.preflight import database_away

        away = database_away(error)
        fail(away.code, away.detail, away.exit_code)
    except OSError as error:
        fail("files", f"{error.filename or 'a file'}: {error.strerror or error}", 74)
    except NotLoaded as error:
        fail("timescaledb_not_loaded", str(error), Conflict.exit_code)
    except KeyboardInterrupt:
        fail("aborted", "stopped by you", 130)
    sys.exit(0)


def fail(code: str, detail: str, exit_code: int) -> NoReturn:
    """End with one line on stderr."""
    print(hide_secrets(f"quorum: {detail} [{code}]"), file=sys.stderr)  # noqa: T201 - the command line's own voice
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
