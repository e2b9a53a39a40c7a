"""The class of each kind of alert, and the delivery policy of each class.

kind  trade_closed → class trade → before signals and news; quiet hours hold it; a failed try holds up no other trade
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AlertClass(StrEnum):
    """What an alert is about."""

    ANSWER = "answer"
    TRADE = "trade"
    SIGNAL = "signal"
    REGIME = "regime"
    REPORT = "report"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class ClassPolicy:
    """How the alerts of a class are delivered.

    Args:
        priority: of two messages that wait for a chat the one of the smaller number goes first.
        quiet: quiet hours hold it back until they end.
        optional: a chat may turn it off.
        limited: confidence, coins, mutes, cooldown and the day's budget apply.
        clustered: those of one close and direction go out as one message.
        patience: failed tries of a message during which the next one of its class waits behind it; after them it stands aside.
    """

    priority: int
    quiet: bool = True
    optional: bool = True
    limited: bool = False
    clustered: bool = False
    patience: int = 2


POLICIES: Mapping[AlertClass, ClassPolicy] = {
    AlertClass.ANSWER: ClassPolicy(priority=0, quiet=False, optional=False, patience=0),
    AlertClass.TRADE: ClassPolicy(priority=1, patience=0),
    AlertClass.SIGNAL: ClassPolicy(priority=2, limited=True, clustered=True),
    AlertClass.REGIME: ClassPolicy(priority=3),
    AlertClass.REPORT: ClassPolicy(priority=4),
    AlertClass.NEWS: ClassPolicy(priority=5),
}
CLASS_OF_KIND: Mapping[str, AlertClass] = {
    "reply": AlertClass.ANSWER,
    "callback": AlertClass.ANSWER,
    "trade_opened": AlertClass.TRADE,
    "trade_closed": AlertClass.TRADE,
    "order_filled": AlertClass.TRADE,
    "dip_evening": AlertClass.REPORT,
    "core_week": AlertClass.REPORT,
    "trade_held": AlertClass.TRADE,
    "account_stopped": AlertClass.TRADE,
    "price_alert": AlertClass.TRADE,
    "price_doubted": AlertClass.TRADE,
    "signal": AlertClass.SIGNAL,
    "regime": AlertClass.REGIME,
    "digest": AlertClass.REPORT,
    "daily_report": AlertClass.REPORT,
    "weekly_report": AlertClass.REPORT,
    "failed_run": AlertClass.REPORT,
    "chat_moved": AlertClass.REPORT,
    "exchange_away": AlertClass.REPORT,
    "exchange_back": AlertClass.REPORT,
    "listing": AlertClass.NEWS,
    "delisting": AlertClass.NEWS,
    "odds_moved": AlertClass.NEWS,
    "odds_resolved": AlertClass.NEWS,
    "mood_shift": AlertClass.NEWS,
    "whale": AlertClass.NEWS,
}
OPTIONAL = tuple(kind for kind, policy in POLICIES.items() if policy.optional)


def class_of(kind: str) -> AlertClass:
    """Return the class of a kind of alert; an unknown kind is a report."""
    return CLASS_OF_KIND.get(kind, AlertClass.REPORT)
