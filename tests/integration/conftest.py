"""What tests of outside sources share: the simulated sources at a moment, and the patience of a call."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import stamina
from prawcore.sessions import FiniteRetryStrategy

from functions import outgoing
from functions.sentiment.sources import reddit
from tests.sim import InThread, ManualClock, SourcesSim

HANGING_SECONDS = 2.0
NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    """The clock of the simulated sources, which stands at noon until it is moved."""
    return ManualClock(NOON)


@pytest.fixture
def sources(clock: ManualClock) -> SourcesSim:
    """The simulated sources; they answer inside `world`."""
    return SourcesSim(clock=clock)


@pytest.fixture
def world(sources: SourcesSim) -> Iterator[InThread]:
    """What lets the simulated sources answer."""
    with InThread(sources) as world:
        yield world


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """What shortens patience for the fault that is given, and for no other.

    Nobody waits between tries. Only a source that hangs is left early, and late enough for a busy machine to hear the others.
    """
    whole, whole_of_reddit = outgoing.SECONDS, reddit.TRY_SECONDS
    monkeypatch.setattr(FiniteRetryStrategy, "_sleep_seconds", lambda _self: None)

    def shorten(fault: str) -> None:
        hangs = fault == "src_hang"
        monkeypatch.setattr(outgoing, "SECONDS", HANGING_SECONDS if hangs else whole)
        monkeypatch.setattr(reddit, "TRY_SECONDS", HANGING_SECONDS if hangs else whole_of_reddit)

    with stamina.set_testing(True, attempts=outgoing.TRIES, cap=True):
        yield shorten
