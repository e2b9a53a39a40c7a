"""How many days each kind of row is kept; a kind that is not named here is a record and stays."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.market.candles.timeframe import Timeframe


class Kind(StrEnum):
    """Rows that go by their age."""

    CANDLES = "candles"
    STATES = "states"  # what scans left of each close
    GAPS_OF_REMOVED_CANDLES = "gaps_of_removed_candles"
    FILLED_GAPS = "filled_gaps"
    REVISIONS = "revisions"
    ALERTS = "alerts"  # with their deliveries; failed runs and answers to chats are among them
    TELEGRAM_UPDATES = "telegram_updates"
    PAPER_REQUESTS = "paper_requests"
    SCREENINGS_ON_REQUEST = "screenings_on_request"  # the daily ones stay
    NEWS = "news"
    SENTIMENT = "sentiment"  # what headlines said
    MODEL_ANSWERS = "model_answers"
    SETUPS = "setups"  # with their rejections; signals stay
    SCORES = "scores"
    OUTCOMES = "outcomes"  # of rejections; those of signals stay
    ODDS = "odds"  # reads of prediction markets; what moved and how they ended stays
    WHALES = "whales"  # transactions; the flows that were added up from them stay
    CANDLE_READINGS = "candle_readings"  # what scans say of each close; the candles give it again
    TOUCHES = "touches"  # of levels; a settlement that is late looks back some days
    DOUBTED_PRICES = "doubted_prices"
    BACKTESTS = "backtests"  # with their trades
    PARITIES = "parities"  # with their differences


# What a scan leaves of a close is larger than the candle, and read while it is the newest, for a week at most by the digest.
STATE_DAYS = {Timeframe.M5: 3, Timeframe.M15: 31, Timeframe.H1: 31, Timeframe.H4: 92, Timeframe.D1: 400}

# By market time. A gap that says "absent" stays as long as its timeframe's candles do.
DAYS = {
    Kind.FILLED_GAPS: 400,
    Kind.PAPER_REQUESTS: 31,
    Kind.SCREENINGS_ON_REQUEST: 31,
    Kind.NEWS: 400,
    Kind.SENTIMENT: 400,
    Kind.MODEL_ANSWERS: 400,
    Kind.SETUPS: 400,
    Kind.SCORES: 92,
    Kind.OUTCOMES: 400,
    Kind.CANDLE_READINGS: 31,
    Kind.TOUCHES: 31,
    Kind.DOUBTED_PRICES: 31,
    Kind.PARITIES: 400,
}

# By the wall's clock. A cooldown looks back 31 days at most, Telegram brings an update again for a day.
WALL_DAYS = {Kind.ALERTS: 92, Kind.REVISIONS: 400, Kind.TELEGRAM_UPDATES: 3, Kind.BACKTESTS: 92}
CHANGE_DAYS = 1  # readers keep candles for six hours


@dataclass(frozen=True, slots=True)
class Cut:
    """The rows of a kind from before a moment, of one timeframe where the kind has timeframes: they are removed."""

    kind: Kind
    before: datetime
    timeframe: Timeframe | None = None


def cuts(
    as_of: datetime, wall: datetime, keep_5m_days: int, keep_15m_days: int, *, keep_odds_days: int, keep_whale_days: int
) -> list[Cut]:
    """Return what retention removes at a moment: candles of 5m and 15m have an end, those of 1h and above stay for ever.

    Args:
        as_of: market time.
        wall: what this machine's clock says at that moment.
        keep_5m_days: how long 5m candles are wanted.
        keep_15m_days: how long 15m candles are wanted.
        keep_odds_days: how long reads of prediction markets are wanted.
        keep_whale_days: how long large transactions are wanted; whole hours go, for flows are added up by the hour.
    """
    kept = {Timeframe.M5: keep_5m_days, Timeframe.M15: keep_15m_days}
    removed = [Cut(Kind.CANDLES, _back(timeframe, as_of, days), timeframe) for timeframe, days in kept.items()]
    removed += [Cut(Kind.GAPS_OF_REMOVED_CANDLES, cut.before, cut.timeframe) for cut in removed]
    for timeframe, days in STATE_DAYS.items():
        removed.append(Cut(Kind.STATES, _back(timeframe, as_of, min(days, kept.get(timeframe, days))), timeframe))
    removed += [Cut(kind, as_of - timedelta(days=days)) for kind, days in DAYS.items()]
    removed.append(Cut(Kind.ODDS, as_of - timedelta(days=keep_odds_days)))
    removed.append(Cut(Kind.WHALES, _back(Timeframe.H1, as_of, keep_whale_days)))
    return removed + [Cut(kind, wall - timedelta(days=days)) for kind, days in WALL_DAYS.items()]


def _back(timeframe: Timeframe, as_of: datetime, days: int) -> datetime:
    return timeframe.floor(as_of - timedelta(days=days))
