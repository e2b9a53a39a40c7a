"""Where a signal stands: new, active, or ended. Times say the first two; how it ended is a fact that its outcome finds."""

from datetime import datetime
from enum import StrEnum


class SignalState(StrEnum):
    """States of a signal, in order; the last three end it."""

    NEW = "new"  # it may still be taken
    ACTIVE = "active"  # it is too late to take it, and neither its stop nor its first target was touched
    HIT_TP = "hit_tp"  # the first target was touched before the stop
    HIT_SL = "hit_sl"
    EXPIRED = "expired"  # seven days went by without either


def signal_state(expires_at: datetime, end: SignalState | None, as_of: datetime) -> SignalState:
    """Return the state of a signal at a moment.

    Args:
        expires_at: until then it may be taken.
        end: how it ended, as far as that was known then; None while it has not.
        as_of: the moment.
    """
    if end is not None:
        return end
    return SignalState.NEW if as_of < expires_at else SignalState.ACTIVE
