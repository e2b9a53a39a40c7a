"""Telegram's limits on sending: about one message a second in a chat, thirty a second in all, twenty a minute in a group."""

import math
from dataclasses import dataclass, field

from tests.sim.telegram.chats import Chat
from tests.sim.telegram.errors import too_many


@dataclass(slots=True)
class _Bucket:
    capacity: float
    rate: float
    level: float
    filled: float

    def take(self, now: float) -> float:
        """Take one; return the seconds to wait when it is empty."""
        self.level = min(self.capacity, self.level + (now - self.filled) * self.rate)
        self.filled = now
        if self.level < 1:
            return (1 - self.level) / self.rate
        self.level -= 1
        return 0.0


@dataclass(slots=True)
class Rates:
    """Counts messages and refuses with 429 those that come too fast; short bursts in a chat pass."""

    burst: int = 5
    _all: _Bucket = field(default_factory=lambda: _Bucket(30, 30, 30, 0))
    _chats: dict[int, _Bucket] = field(default_factory=dict)

    def check(self, chat: Chat, now: float) -> None:
        """Count a message to a chat.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        bucket = self._chats.get(chat.id)
        if bucket is None:
            fresh = _Bucket(20, 20 / 60, 20, now) if chat.is_group else _Bucket(self.burst, 1.0, self.burst, now)
            bucket = self._chats[chat.id] = fresh
        wait = max(bucket.take(now), self._all.take(now))
        if wait > 0:
            raise too_many(math.ceil(wait))
