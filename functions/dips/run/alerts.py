"""The alert of an evening: the list of dip orders, or why there is none."""

from datetime import timedelta

from sqlalchemy import Connection

from functions.dips.answers import DipEvening
from functions.outbox import tell

LIFE = timedelta(hours=12)  # the orders are good for a day


def tell_evening(connection: Connection, evening: DipEvening) -> None:
    """Raise the alert `dip_evening` in the caller's transaction, once a day."""
    tell(connection, key=f"dip_evening:{evening.day.date().isoformat()}", kind="dip_evening", event=evening, life=LIFE)
