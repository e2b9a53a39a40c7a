"""How good the desk was: its signals beside random entries, its accounts beside each other and BTC."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.delivery.messages.texts.paper import accounts
from functions.delivery.messages.words import Html, Words
from functions.outcomes.answers import IdeaKind
from functions.outcomes.run.lift import read_lift
from functions.paper.run.report import read_report
from functions.settings import Settings

SINCE = timedelta(days=3650)  # all that was ever said
DAY = timedelta(days=1)


def track_record(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return it in five lines."""
    lift = read_lift(connection, IdeaKind.SIGNAL, at - SINCE, at)
    report = read_report(connection, at, at - DAY, settings.gate_symbol)
    return accounts.track_record(lift.model_dump(mode="json"), report.model_dump(mode="json"), words)
