"""Tell of moods that turn, in the transaction of the scores that show it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.clock import wall_now
from functions.outbox import raise_alert
from functions.sentiment.scores.score import Score
from functions.sentiment.scores.shift import shift
from functions.sentiment.scores.statement import MoodRules
from functions.sentiment.store.told import MOOD_SHIFT, told_shifts

LIFE = timedelta(hours=6)  # of an alert
MOST_TOLD = 10  # the largest; what moves the market moves many


def tell_shifts(
    connection: Connection, before: Mapping[str, Score], now: Mapping[str, Score], as_of: datetime, rules: MoodRules
) -> int:
    """Raise one alert about all scores that shifted; return how many there are.

    A shift stands for hours, and is told once: not again while the one that was told lies within the span.

    Args:
        connection: in the transaction that writes the scores.
        before: the scores `rules.shift_span` before the moment.
        now: the scores at the moment.
        as_of: the moment.
        rules: what a shift is.
    """
    shifts = {coin: shifted for coin, said in now.items() if (shifted := shift(before.get(coin), said, rules))}
    told = told_shifts(connection, as_of, rules.shift_span)
    new = {coin: shifted for coin, shifted in shifts.items() if (coin, shifted.delta > 0) not in told}
    largest = sorted(new, key=lambda coin: -abs(new[coin].delta))[:MOST_TOLD]
    if not largest:
        return 0
    rows = [
        {
            "coin": coin,
            "delta": new[coin].delta,
            "value": now[coin].value,
            "movers": {name: round(change, 3) for name, change in sorted(new[coin].movers.items())},
        }
        for coin in largest
    ]
    hours = rules.shift_span / timedelta(hours=1)
    payload = {"at": as_of.isoformat(), "hours": hours, "shifts": rows}
    at = wall_now()
    raise_alert(
        connection, key=f"{MOOD_SHIFT}:{as_of.isoformat()}", kind=MOOD_SHIFT, payload=payload, created_at=at, expires_at=at + LIFE
    )
    return len(rows)
