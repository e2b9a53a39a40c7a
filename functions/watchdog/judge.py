"""What a round has seen, and which troubles that makes: what follows from another trouble is not one of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.delivery.messages.words import Language
from functions.status.beats import Beat
from functions.status.troubles import Kind, Trouble
from functions.status.workflows import State, WorkflowState

CANDLES_LATE = timedelta(minutes=15)  # of market time: three of 5m


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database told.

    Args:
        beats: of every part.
        newest_close: of any 5m candle, market time; None before the first.
        workflows: of n8n.
        languages: of the chats that have chosen one.
    """

    beats: Sequence[Beat]
    newest_close: datetime | None
    workflows: Sequence[WorkflowState]
    languages: Mapping[int, Language] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What a round has seen.

    Args:
        at: wall time.
        market: the same moment by the market's clock.
        functions: why they do not answer; empty when they do.
        n8n: why it does not answer.
        rows: what the database told; None when it did not answer.
        database: why it did not.
    """

    at: datetime
    market: datetime
    functions: str
    n8n: str
    rows: Rows | None
    database: str = ""


def troubles_of(look: Look, were_off: frozenset[str]) -> Iterator[Trouble]:
    """Yield what is wrong.

    Args:
        look: of this round.
        were_off: workflows that were switched off when the watchdog began, or since, and told of: somebody wants them so.
    """
    if look.n8n:
        yield Trouble(Kind.N8N, reason=look.n8n)
    if look.rows is None:
        yield Trouble(Kind.DATABASE, reason=look.database)
        return  # nothing else is known, and the functions need it
    if look.functions:
        yield Trouble(Kind.FUNCTIONS, reason=look.functions)
    yield from _of_market(look, look.rows)
    for state in look.rows.workflows:
        if state.state is State.STOPPED and not look.n8n:
            yield Trouble(Kind.STOPPED, state.name, seen_at=state.succeeded_at)
        elif state.state is State.OFF and state.workflow not in were_off:
            yield Trouble(Kind.OFF, state.name)


def switched_off(look: Look) -> frozenset[str] | None:
    """Return the workflows that are switched off; None when that is not known."""
    if look.rows is None or not look.rows.workflows:
        return None
    return frozenset(state.workflow for state in look.rows.workflows if state.state is State.OFF)


def _of_market(look: Look, rows: Rows) -> Iterator[Trouble]:
    collectors = [beat for beat in rows.beats if beat.part.startswith("collector")]
    silent = [beat for beat in collectors if beat.late(look.at)]
    yield from (Trouble(Kind.COLLECTOR, beat.part, seen_at=beat.at) for beat in silent)
    away = any(beat.detail.get("exchange_trouble") for beat in collectors)  # of which the collector tells
    newest = rows.newest_close
    if not silent and not away and newest is not None and look.market - newest > CANDLES_LATE:
        yield Trouble(Kind.CANDLES, seen_at=newest)
