"""Which messages one chat wants, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from functions.delivery.messages.words import Language, Words
from functions.outbox.classes import POLICIES, AlertClass

STRONG = 0.70


class Held(StrEnum):
    """Why a message is not sent to a chat."""

    CLASS = "class"
    CONFIDENCE = "confidence"
    MODE = "mode"
    COINS = "coins"
    MUTED = "muted"
    COOLDOWN = "cooldown"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of a chat; the defaults are those of a chat that has set nothing.

    Args:
        zone: IANA name; quiet hours are local.
        strong_only: only signals of more than 70% confidence.
        coins: symbols; empty means all.
        classes: of alerts that come beside answers; empty means all.
        quiet: first and last minute of the local day, the last one excluded; over midnight when it is the smaller one.
        budget: signal messages a UTC day of market time; one message about many symbols counts once.
        cooldown: market time between two signals of one symbol.
        mutes: wall time until which a symbol is muted.
    """

    chat_id: int
    language: Language = Language.EN
    zone: str = "UTC"
    strong_only: bool = False
    min_confidence: float = 0.0
    coins: frozenset[str] = frozenset()
    classes: frozenset[AlertClass] = frozenset()
    quiet: tuple[int, int] | None = None
    budget: int = 10
    cooldown: timedelta = timedelta(hours=4)
    mutes: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """Return the words of the chat."""
        return Words(self.language, self.zone)

    def hears(self, alert_class: AlertClass) -> bool:
        """Tell whether the chat wants alerts of a class."""
        return not self.classes or alert_class in self.classes or not POLICIES[alert_class].optional

    def asleep(self, alert_class: AlertClass, now: datetime) -> bool:
        """Tell whether an alert of a class waits for the end of the quiet hours."""
        return POLICIES[alert_class].quiet and self.is_quiet(now)

    def unwanted(self, symbol: str, confidence: float, now: datetime) -> Held | None:
        """Say why the chat does not want a signal at all; None when it does."""
        if confidence < self.min_confidence:
            return Held.CONFIDENCE
        if self.strong_only and confidence <= STRONG:
            return Held.MODE
        if self.coins and symbol not in self.coins:
            return Held.COINS
        return Held.MUTED if (until := self.mutes.get(symbol)) and until > now else None

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether `now` lies in the quiet hours."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        local = now.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return start <= minute < end if start < end else minute >= start or minute < end
