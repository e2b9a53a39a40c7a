"""Commands that can be copied, and the nearest name to one that is unknown."""

import os
import shutil
import sys
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path


def command(words: str) -> str:
    """Return `quorum WORDS` as it runs in the current folder, e.g. `.venv/bin/quorum init`, between backticks."""
    return f"`{_program()} {words}`"


def did_you_mean(name: str, names: Collection[str]) -> str:
    """Return `; did you mean NAME?` for the nearest of the names, nothing when none is near."""
    near = get_close_matches(name, names, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""


def _program() -> str:
    program = Path(sys.executable).with_name("quorum")
    if shutil.which("quorum") == str(program):  # an image, or an environment that was entered
        return "quorum"
    here = Path(os.path.abspath("."))  # noqa: PTH100 - as the person sees it, links kept
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)
