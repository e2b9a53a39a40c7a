"""What is wrong, since when, and what was told of it.

A trouble is told when it has lasted for the grace, and again while it lasts; its end is told if its beginning was. What could not
be told is told at a later round.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.status.troubles import Kind, News, Trouble

REMIND_AFTER = timedelta(hours=6)


@dataclass(slots=True)
class _Standing:
    trouble: Trouble
    since: datetime
    told_at: datetime | None = None


class Register:
    """The troubles of one desk; wall times."""

    def __init__(self, grace: timedelta) -> None:
        self._grace = grace
        self._standing: dict[Trouble, _Standing] = {}
        self._ended: list[Trouble] = []

    def note(self, troubles: Iterable[Trouble], now: datetime) -> None:
        """Take over what a round has found."""
        found = {trouble: trouble for trouble in troubles}
        for trouble in [trouble for trouble in self._standing if trouble not in found]:
            if self._standing.pop(trouble).told_at and trouble not in self._ended:
                self._ended.append(trouble)
        for trouble in found:
            standing = self._standing.setdefault(trouble, _Standing(trouble, now))
            standing.trouble = trouble
            if trouble in self._ended:  # it is back before its end was told, which is no news
                self._ended.remove(trouble)
                standing.told_at = now

    def news(self, now: datetime) -> News:
        """Return what has to be told, until `told` says that it was."""
        began = [standing.trouble for standing in self._standing.values() if self._is_due(standing, now)]
        return News(tuple(began), tuple(self._ended))

    def told(self, news: News, now: datetime) -> None:
        """Note that somebody has heard it."""
        for trouble in news.began:
            if trouble in self._standing:
                self._standing[trouble].told_at = now
        self._ended = [trouble for trouble in self._ended if trouble not in news.ended]

    def lasting(self, now: datetime) -> list[Trouble]:
        """Return what has lasted for the grace."""
        return [standing.trouble for standing in self._standing.values() if now - standing.since >= self._grace]

    def _is_due(self, standing: _Standing, now: datetime) -> bool:
        if standing.told_at is None:
            return now - standing.since >= self._grace
        return standing.trouble.kind is not Kind.OFF and now - standing.told_at >= REMIND_AFTER
