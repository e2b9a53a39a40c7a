"""Where a signal stands: its times say new and active, its end the rest."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.scoring.states import SignalState, signal_state

EXPIRES = datetime(2024, 3, 5, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "minutes", "state"),
    [
        (None, -1, SignalState.NEW),
        (None, 0, SignalState.ACTIVE),
        (None, 60, SignalState.ACTIVE),
        (SignalState.HIT_SL, -30, SignalState.HIT_SL),
        (SignalState.HIT_TP, 60, SignalState.HIT_TP),
        (SignalState.EXPIRED, 60, SignalState.EXPIRED),
    ],
)
def test_state_follows_from_its_times_until_it_has_ended(end: SignalState | None, minutes: int, state: SignalState) -> None:
    assert signal_state(EXPIRES, end, EXPIRES + timedelta(minutes=minutes)) is state
