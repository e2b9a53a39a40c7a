"""The alert of an evening: the list of dip orders, or why there is none."""

from datetime import timedelta

from sqlalchemy import Connection

from functions.clock import wall_now
from functions.dips.answers import DipEvening
from functions.outbox import raise_alert

LIFE = timedelta(hours=12)  # the orders are good for a day


def tell_evening(connection: Connection, evening: DipEvening) -> None:
    """Raise the alert `dip_evening` in the caller's transaction, once a day."""
    now = wall_now()
    raise_alert(
        connection,
        key=f"dip_evening:{evening.day.date().isoformat()}",
        kind="dip_evening",
        payload=evening.model_dump(mode="json"),
        created_at=now,
        expires_at=now + LIFE,
    )
