"""Find lines of the settings file that set nothing: unknown names, and lines that are no settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dotenv.parser import Binding, parse_stream

from functions.operations.init import GENERATED
from functions.settings import Settings
from functions.shown import did_you_mean

_NAMES = {name.upper() for name in Settings.model_fields} | GENERATED
# What compose and the programs that we start read themselves.
_OTHERS = ("COMPOSE_", "DOCKER_", "QUORUM_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "TZ")


def useless_lines(file: Path) -> list[str]:
    """Return a sentence for each line of `file` that Quorum cannot use; no value is repeated, it may be a secret."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            bindings = list(_read(stream))
    except (OSError, UnicodeDecodeError):  # loading the settings says so
        return []
    last = {binding.key: binding.original.line for binding in bindings}
    return [
        f"{file}, line {binding.original.line}: {words}"
        for binding in bindings
        if (words := _fault(binding) or _overruled(binding, last[binding.key]))
    ]


def _read(stream: IO[str]) -> Iterator[Binding]:
    """Yield the bindings, each with the line that it stands on: the parser counts from the end of the one before."""
    for binding in parse_stream(stream):
        text = binding.original.string
        blank = text[: len(text) - len(text.lstrip())].count("\n")
        original = binding.original._replace(line=binding.original.line + blank)
        yield binding._replace(original=original)


def _overruled(binding: Binding, last: int) -> str:
    """Return that a later line sets the same name: the last one holds, an empty one too."""
    counts_for_nothing = bool(binding.value) and binding.original.line != last
    return f"{binding.key} is set again in line {last}, and that one holds" if counts_for_nothing else ""


def _fault(binding: Binding) -> str:
    if binding.error or (binding.key is not None and binding.value is None):
        return "this is no setting; a line is NAME=value, or a # and a remark"
    name = (binding.key or "").upper()
    if not name or name in _NAMES or name.startswith(_OTHERS):
        return ""
    return f"{name} is no setting{did_you_mean(name, _NAMES)}"
