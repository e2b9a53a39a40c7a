"""The lines under the page of `quorum up`: one for each event."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from functions.operations.logview import Line, Logs

_SEVERE = ("error", "critical")
_TOLD = {  # events of the log that are worth a line of their own
    "exchange away; what is missed is fetched when it is back": "Bybit is away",
    "exchange back; what was missed is being fetched": "Bybit is back; what was missed is being fetched",
    "database away; candles wait in memory": "the database is away; candles wait in memory",
    "database back": "the database is back",
}
_KINDS = {"reply", "callback"}  # answers, which a person has asked for


class Events:
    """Follows the log and the processes; each `news` returns what has come since the one before."""

    def __init__(self, logs: Path) -> None:
        self._logs = Logs(logs)
        self._logs.read()  # what was written until now is told by the page
        self._starts: dict[str, int] = {}
        self._told = ""

    def news(self, starts: Mapping[str, int]) -> list[str]:
        """Return one sentence for each event.

        Args:
            starts: when each process was last started, 0 for one that never was.
        """
        sentences = [*self._deaths(starts), *(words for line in self._logs.read() if (words := told(line)))]
        fresh = [words for index, words in enumerate(sentences) if words != (sentences[index - 1] if index else self._told)]
        self._told = sentences[-1] if sentences else self._told
        return fresh

    def _deaths(self, starts: Mapping[str, int]) -> Iterator[str]:
        for name, start in starts.items():
            last_start = self._starts.get(name)
            if last_start and last_start != start:
                yield f"{name} ended and was started again"
        self._starts = dict(starts)


def told(line: Line) -> str:
    """Return what a person is told of a line of the log; empty for most."""
    event, _, rest = line.text.partition("\n")[0].partition("  ")
    values = dict(word.split("=", 1) for word in rest.split() if "=" in word)
    if event == "alert raised":
        kind, symbol = values.get("kind", ""), values.get("symbol", "")
        known = "" if symbol in ("", "None") else f" {symbol}"
        return "" if kind in _KINDS else f"{kind.replace('_', ' ')}{known}"
    if event in _TOLD:
        reason = rest.partition("reason=")[2]
        return f"{_TOLD[event]}{f': {reason}' if reason else ''}"
    return f"{line.module}: {event}" if line.level in _SEVERE else ""
