"""How signals end, on candles written by hand: each was said at 12:00 at 100, its stop at 90, its first target at 110."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.outcomes.ends import ends_of
from functions.outcomes.ideas import SaidIdea
from functions.outcomes.results import HOLD
from functions.paper.settling.touch import Paths
from functions.scoring.states import SignalState
from tests.unit.paper.settling.tables import START, grid

QUIET = "100 101 99 100"


def ended(run: str) -> list[tuple[SignalState, datetime]]:
    signal = SaidIdea(
        symbol="BTCUSDT",
        timeframe="15m",
        close_time=START,
        version=1,
        direction=1,
        entry=Decimal(100),
        stop=Decimal(90),
        targets=(Decimal(110), Decimal(120), Decimal(130)),
        signal_id=7,
        code=None,
        confidence=0.7,
        agreeing=(),
    )
    return [(end.state, end.at) for end in ends_of(Paths.of(grid(run)), [signal], {"BTCUSDT": 0}, Costs())]


@pytest.mark.parametrize(
    ("run", "state", "minutes"),
    [
        (f"{QUIET} | 100 111 99 110", SignalState.HIT_TP, 10),
        (f"{QUIET} | 100 101 89 90", SignalState.HIT_SL, 10),
        ("100 111 89 100", SignalState.HIT_SL, 5),
        ("100 111 99 110 | 110 110 89 90", SignalState.HIT_TP, 5),
    ],
    ids=["target", "stop", "both in one candle", "target, then back"],
)
def test_what_is_touched_first_ends_a_signal(run: str, state: SignalState, minutes: int) -> None:
    assert ended(run) == [(state, START + timedelta(minutes=minutes))]


def test_signal_without_a_touch_goes_on_until_seven_days_are_over() -> None:
    assert ended(QUIET) == []
    assert ended(" | ".join([QUIET] * (HOLD // timedelta(minutes=5)))) == []
    assert ended(" | ".join([QUIET] * (HOLD // timedelta(minutes=5) + 1))) == [(SignalState.EXPIRED, START + HOLD)]
