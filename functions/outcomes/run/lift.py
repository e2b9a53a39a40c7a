"""Whether ideas beat random entries at the same moments, as known at a moment."""

from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from functions.outcomes.answers import IdeaKind, LiftAnswer, LiftRow
from functions.outcomes.lift import Days
from functions.outcomes.store import answers
from functions.outcomes.store.answers import Split

_NOTHING = Days(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in range(4)))


def read_lift(connection: Connection, kind: IdeaKind, since: datetime, at: datetime) -> LiftAnswer:
    """Return the lift of the ideas that were said since a moment, as known at another, as a whole and in parts."""
    parts = answers.days_by(connection, kind.value, since, at)
    count = answers.count_ideas(connection, kind.value, since, at)
    return LiftAnswer(
        as_of=at,
        since=since,
        kind=kind,
        measured=count.measured,
        running=count.running,
        unknown=count.unknown,
        alone=count.alone,
        lift=LiftRow.of_days(parts[Split.ALL].get("", _NOTHING)),
        by_factor=LiftRow.of_parts(parts[Split.FACTOR]),
        by_timeframe=LiftRow.of_parts(parts[Split.TIMEFRAME]),
        by_coin=LiftRow.of_parts(parts[Split.COIN]),
        by_confidence=LiftRow.of_parts(parts[Split.CONFIDENCE]),
        by_reason=LiftRow.of_parts(parts[Split.REASON]),
    )
