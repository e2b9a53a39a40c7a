"""Whether a connection and each of its topics are alive, and how long to wait before the next try; pure, in monotonic seconds."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

PING_EVERY = 20.0
MISSED_PONGS = 2
SILENCE = 45.0  # nothing at all, not even a pong, for this long
SHORTEST, LONGEST = 5.0, 60.0
STABLE_SECONDS = 30.0  # a connection that lasted so long did not fail to connect
QUIET, LONGEST_QUIET = 120.0, 3600.0  # a topic that says nothing for so long is asked for again, each time after twice as long


@dataclass(slots=True)
class Liveness:
    """When one connection last received frames and pings; all times are of one monotonic clock."""

    last_frame: float
    last_ping: float
    unanswered: int = 0

    @classmethod
    def begun(cls, now: float) -> "Liveness":
        """Return the state of a connection that was opened now."""
        return cls(now, now)

    def heard(self, now: float) -> None:
        """Note a frame."""
        self.last_frame = now

    def answered(self) -> None:
        """Note a pong."""
        self.unanswered = 0

    def ping_due(self, now: float) -> bool:
        """Tell whether to ping now; true counts as having done it."""
        if now - self.last_ping < PING_EVERY:
            return False
        self.last_ping = now
        self.unanswered += 1
        return True

    def dead(self, now: float) -> str:
        """Return why the connection is dead, or nothing while it lives."""
        if self.unanswered > MISSED_PONGS:
            return f"{self.unanswered - 1} pings were not answered"
        if now - self.last_frame > SILENCE:
            return f"silent for {now - self.last_frame:.0f} s"
        return ""


@dataclass(slots=True)
class _Topic:
    """Since when a topic stands at the same last push, and for how long it may."""

    said: int
    since: float
    patience: float


class TopicWatch:
    """Finds topics that have gone silent while others speak."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._looked = 0.0

    def silent(self, said: Mapping[str, int], now: float) -> list[str]:
        """Return the topics to ask for again; a pair may also just not trade, so each is named more and more rarely.

        Args:
            said: of each topic that should speak the exchange's time of its last push, 0 before the first.
            now: of the monotonic clock.
        """
        known, self._topics = self._topics, {}
        elapsed, self._looked = now - self._looked, now
        spoke = False
        for topic, at in said.items():
            one = known.get(topic)
            spoke = spoke or one is None or one.said != at
            self._topics[topic] = _Topic(at, now, QUIET) if one is None or one.said != at else one
        if not spoke:  # that is the connection's matter, and no topic's fault
            for one in self._topics.values():
                one.since += elapsed
        silent = [topic for topic, one in self._topics.items() if now - one.since > one.patience]
        for topic in silent:
            one = self._topics[topic]
            one.since, one.patience = now, min(2 * one.patience, LONGEST_QUIET)
        return silent


@dataclass(slots=True)
class Deadline:
    """A moment that comes again every so many seconds, whatever happens between."""

    every: float
    last: float

    def left(self, now: float) -> float:
        """Return the seconds until it is reached."""
        return max(0.0, self.last + self.every - now)

    def reached(self, now: float) -> bool:
        """Tell whether it is reached; true counts as having acted on it."""
        if now - self.last < self.every:
            return False
        self.last = now
        return True


@dataclass(slots=True)
class Backoff:
    """How long to wait before connecting again: full jitter under a limit of as long as it was away, from 5 to 60 s.

    Args:
        since: when it began to fail, on the clock that `pause` is called with.
        chance: of the jitter.
    """

    since: float
    chance: random.Random

    def pause(self, begun: float, ended: float) -> float:
        """Return seconds to wait after a connection that was begun and ended at these seconds; a stable one begins anew."""
        if ended - begun > STABLE_SECONDS:
            self.since = ended
        return self.chance.uniform(0, min(LONGEST, max(SHORTEST, ended - self.since)))
