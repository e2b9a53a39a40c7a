"""How signals end: the first target or the stop, whichever is touched first, or neither in seven days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.costs import Costs
from functions.outcomes.ideas import SaidIdea, laid_out
from functions.outcomes.results import HOLD, touches_of
from functions.paper.settling.touch import Found, Paths, moment_of
from functions.scoring.states import SignalState


@dataclass(frozen=True, slots=True)
class SignalEnd:
    """How and when a signal ended, market time."""

    signal_id: int
    symbol: str
    state: SignalState
    at: datetime


def ends_of(paths: Paths, signals: Sequence[SaidIdea], rows: dict[str, int], costs: Costs) -> list[SignalEnd]:
    """Return the ends of those signals that have one by the last candle of the paths; a missing candle makes a signal wait."""
    touches = touches_of(paths, laid_out(signals, rows), costs, HOLD)
    ends = []
    for number, signal in enumerate(signals):
        reached, found = int(touches.targets_at[number, 0]), int(touches.found[number])
        if reached >= 0:
            end = SignalState.HIT_TP, moment_of(reached)
        elif found == Found.STOP:
            end = SignalState.HIT_SL, moment_of(int(touches.ended_at[number]))
        elif found == Found.LEFT:
            end = SignalState.EXPIRED, signal.close_time + HOLD
        else:
            continue
        if signal.signal_id is not None:
            ends.append(SignalEnd(signal.signal_id, signal.symbol, *end))
    return ends
