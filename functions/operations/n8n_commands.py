"""`quorum n8n ...`: install it, bring it to git's workflows, and configure one that runs in a container of its own."""

import json
import os
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from functions.errors import InputRejected
from functions.settings import Settings

app = typer.Typer(no_args_is_help=True, help="n8n: install it, deploy its workflows, configure it elsewhere.")


@app.command()
def install() -> None:
    """Install the pinned n8n into the cache; `quorum up` does it by itself."""
    from functions.operations.terminal.waiting import Waiting
    from n8n.install import ensure_installed

    with Waiting(Console()) as waiting:
        folder = ensure_installed(waiting.tell).folder
    typer.echo(f"n8n is in {folder}")


@app.command()
def deploy(
    overwrite: Annotated[
        list[str] | None, typer.Option(help="a workflow to bring to git's version even if you changed it")
    ] = None,
) -> None:
    """Bring a running n8n to the workflows of git; what you changed in the editor stays."""
    from functions.operations.menu import write_menu
    from n8n.deploy import deploy as run_deploy
    from n8n.deploy import wait_ready

    settings = Settings.load()
    wait_ready(settings, timeout=120)
    report = run_deploy(settings, overwrite=overwrite or ())
    write_menu(settings)
    counts = {
        "written": report.written,
        "unchanged": report.unchanged,
        "kept as edited": report.kept,
        "off": report.off,
        "not needed": report.resting,
    }
    typer.echo("workflows: " + ", ".join(f"{len(ids)} {what}" for what, ids in counts.items()))


@app.command()
def export(
    target: Annotated[Path | None, typer.Argument(help="the folder to write to, or - to print; by default n8n/workflows")] = None,
) -> None:
    """Write what you changed in the editor to n8n/workflows, in the form git keeps."""
    from n8n.deploy import edited
    from n8n.deploy import export as run_export
    from n8n.rest import Rest
    from n8n.workflows import FOLDER

    settings = Settings.load()
    with Rest(settings) as n8n:
        if target == Path("-"):
            typer.echo(json.dumps(edited(n8n, settings), indent=2, ensure_ascii=False))
            return
        written = run_export(n8n, settings, target or FOLDER)
    typer.echo("\n".join(f"wrote {file}" for file in written) or "nothing differs from git")


@app.command()
def environment(target: Annotated[Path, typer.Argument(help="the file to write")]) -> None:
    """Write n8n's whole configuration as a file that a shell reads, for an n8n in a container of its own."""
    typer.echo(f"wrote {write_environment(Settings.load(), target)}")


def write_environment(settings: Settings, target: Path) -> Path:
    """Write n8n's variables to `target`, readable by the owner alone.

    Raises:
        InputRejected: the file cannot be written there.
    """
    from n8n.environment import environment as variables

    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables(settings).items())
    draft = target.with_name(f"{target.name}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        draft.replace(target)
    except OSError as error:
        raise InputRejected("environment_file", f"{target} cannot be written: {error.strerror}") from error
    return target
