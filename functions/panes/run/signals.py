"""Read the pane of the signals."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.panes.answers import SignalsPane
from functions.scoring.rules import ScoreRules
from functions.scoring.run.asked import rejections_at
from functions.scoring.store.signals import SignalFilter, standing_signals

BACK = timedelta(days=7)
MOST = 500
DAY = timedelta(days=1)


def read_signals(connection: Connection, as_of: datetime, rules: ScoreRules) -> SignalsPane:
    """Return the signals of a week as they stood at a moment, and what became of the setups of a day."""
    rejected = rejections_at(connection, as_of - DAY, as_of, rules, limit=0)
    return SignalsPane(
        as_of=as_of,
        gate=rejected.gate,
        signals=standing_signals(connection, SignalFilter(since=as_of - BACK), as_of, MOST),
        setups_24h=rejected.setups,
        rejected_24h=rejected.counts,
        scored_to=rejected.scored_to,
    )
