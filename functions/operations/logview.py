"""The logs of all parts as one stream, for a person."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from functions.errors import InputRejected

_LEVELS = ("debug", "info", "warning", "error", "critical")
_COLOURS = {"warning": "yellow", "error": "red", "critical": "red"}
_TAIL_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One log line; `at` sorts."""

    at: str
    level: str
    module: str
    text: str


def parse(raw: str, part: str) -> Line | None:
    """Read one line of a part's log; what is not JSON is the part's own word, without a time of its own."""
    if not raw.strip():
        return None
    try:
        event = json.loads(raw)
    except json.JSONDecodeError:
        return Line("", "info", part, raw.rstrip())
    if not isinstance(event, dict) or "event" not in event:
        return Line("", "info", part, raw.rstrip())
    rest = " ".join(f"{k}={v}" for k, v in event.items() if k not in ("timestamp", "level", "module", "event", "exception"))
    trace = f"\n{event['exception']}" if "exception" in event else ""
    text = f"{event['event']}  {rest}".rstrip() + trace
    return Line(event.get("timestamp", ""), event.get("level", "info"), event.get("module", part), text)


def collect(folder: Path, module: str, level: str) -> list[Line]:
    """Return the newest lines of every part's log in order of time; a line without a time follows the one before it."""
    found: list[Line] = []
    for file in sorted(folder.glob("*.log")):
        before = ""
        for raw in _tail(file):
            line = parse(raw, file.stem)
            if line is None:
                continue
            before = line.at or before
            found.append(Line(before, line.level, line.module, line.text))
    return sorted((line for line in found if _wanted(line, module, level)), key=lambda line: line.at)


def show(folder: Path, console: Console, *, module: str, level: str, lines: int, follow: bool) -> None:
    """Print the newest `lines`, and with `follow` everything that comes.

    Raises:
        InputRejected: there is no such level.
    """
    if level not in _LEVELS:
        raise InputRejected("unknown_level", f"expected one of {', '.join(_LEVELS)}, got {level}")
    if not follow and not any(folder.glob("*.log")):
        console.print(f"no logs in {folder} yet; `quorum up` writes them")
    seen = 0
    while True:
        everything = collect(folder, module, level)
        for line in everything[-lines:] if not seen else everything[seen:]:
            colour = _COLOURS.get(line.level, "default")
            console.print(f"[dim]{line.at[:23]}[/] [{colour}]{line.level:<7}[/] [cyan]{line.module:<10}[/] {escape(line.text)}")
        seen = len(everything)
        if not follow:
            return
        time.sleep(0.5)


def _wanted(line: Line, module: str, level: str) -> bool:
    rank = _LEVELS.index(line.level) if line.level in _LEVELS else 1
    return (not module or line.module == module) and rank >= _LEVELS.index(level)


def _tail(file: Path) -> Iterator[str]:
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL_BYTES))
        if size > _TAIL_BYTES:
            stream.readline()
        yield from stream.read().decode(errors="replace").splitlines()
