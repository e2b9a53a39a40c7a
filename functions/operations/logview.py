"""The logs of all parts as one stream, for a person."""

import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from functions.errors import InputRejected
from functions.shown import command, did_you_mean

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


class Logs:
    """The logs of every part in a folder; each `read` returns what has come since the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, _Place] = {}

    def read(self) -> list[Line]:
        """Return the new whole lines in order of time; a line without a time follows the one before it."""
        matching: list[Line] = []
        for file in sorted(self._folder.glob("*.log")):
            place = self._read.setdefault(file, _Place())
            for raw in place.new_lines(file):
                line = parse(raw, file.stem)
                if line is not None:
                    place.time = line.at or place.time
                    matching.append(replace(line, at=place.time))
        return sorted(matching, key=lambda line: line.at)


class _Place:
    """How far one file has been read, and the time of its last line."""

    def __init__(self) -> None:
        self.time = ""
        self._inode = 0
        self._offset = 0

    def new_lines(self, file: Path) -> list[str]:
        with file.open("rb") as stream:
            now = os.fstat(stream.fileno())
            if not self._inode:
                self._offset = max(0, now.st_size - _TAIL_BYTES)
            elif now.st_ino != self._inode or now.st_size < self._offset:
                self._offset = 0  # a new file took the place of a full one
            self._inode = now.st_ino
            stream.seek(self._offset)
            whole, newline, _ = stream.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return whole.decode(errors="replace").splitlines()


def show(folder: Path, console: Console, *, module: str, level: str, lines: int, follow: bool) -> None:
    """Print the newest `lines`, and with `follow` everything that comes.

    Raises:
        InputRejected: there is no such level.
    """
    level = {"warn": "warning", "err": "error"}.get(level.lower(), level.lower())
    if level not in _LEVELS:
        raise InputRejected("unknown_level", f"expected one of {', '.join(_LEVELS)}, got {level}")
    if not follow and not any(folder.glob("*.log")):
        console.print(f"no logs in {folder} yet; {command('up')} writes them")
    logs = Logs(folder)
    written = logs.read()
    modules = sorted({line.module for line in written})
    if module and modules and module not in modules and not follow:
        console.print(f"there are no lines of {module}, only of {', '.join(modules)}{did_you_mean(module, modules)}")
    matching = [line for line in written if _wanted(line, module, level)]
    for line in matching[-lines:] if lines else []:
        _print(console, line)
    while follow:
        time.sleep(0.5)
        for line in logs.read():
            if _wanted(line, module, level):
                _print(console, line)


def _print(console: Console, line: Line) -> None:
    colour = _COLOURS.get(line.level, "default")
    console.print(f"[dim]{line.at[:23]}[/] [{colour}]{line.level:<7}[/] [cyan]{line.module:<10}[/] {escape(line.text)}")


def _wanted(line: Line, module: str, level: str) -> bool:
    rank = _LEVELS.index(line.level) if line.level in _LEVELS else 1
    return (not module or line.module == module) and rank >= _LEVELS.index(level)
