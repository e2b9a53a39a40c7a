"""What `quorum` and `make` say to a person who asks them what they can do."""

import re
import subprocess
from importlib.metadata import version

from typer.testing import CliRunner

from functions.cli import app
from functions.settings import CHECKOUT


def test_help_begins_with_what_a_person_wants_first() -> None:
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100", "NO_COLOR": "1"}).output
    words = re.findall(r"^│ ([a-z][a-z0-9-]+) ", said, re.MULTILINE)
    assert words[:4] == ["demo", "up", "status", "doctor"]
    assert words[-4:] == ["migrate", "run", "collector", "n8n"]
    assert "Begin with: quorum demo" in said


def test_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"quorum {version('quorum')}\n"


def test_make_alone_explains_every_target() -> None:
    done = subprocess.run(["make", "-s"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "make demo" in done.stdout.splitlines()[0]
    targets = re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
    assert [target for target in targets if f"make {target} " not in done.stdout] == []
