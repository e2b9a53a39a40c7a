"""The numbers that large transactions become readings and alerts with, once. None was tuned."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class WhaleRules:
    """What large transactions are worth.

    Attributes:
        window: of a net flow.
        confidence: of flows of single transactions: near zero, for they explain 0.2 to 5% of returns in what is published.
        least_usd: that went in and out within the window, below which the flow says nothing.
        life: how long a reading holds.
        grace: after the end of an hour, for transactions that are told late.
        again: how far back flows are added up anew at each read, whatever changed.
        news_life: an older transaction is no news.
        alive: a feed that answered so recently is alive; without one nothing is said of the flows.
        activity_days: that a day is compared with, and how many of them there must be.
        overlap: read again where the place in the feed was lost.
    """

    window: timedelta = timedelta(hours=24)
    confidence: float = 0.05
    least_usd: int = 5_000_000
    life: timedelta = timedelta(hours=3)
    grace: timedelta = timedelta(minutes=5)
    again: timedelta = timedelta(hours=48)
    news_life: timedelta = timedelta(hours=1)
    alive: timedelta = timedelta(hours=1)
    activity_days: int = 30
    least_activity_days: int = 7
    overlap: timedelta = timedelta(minutes=10)
