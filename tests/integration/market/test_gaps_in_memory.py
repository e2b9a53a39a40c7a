"""The ledger of gaps that the worlds live with is the one in the database: the same calls leave the same rows."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine

from functions.market import store
from functions.market.candles.gaps import Run
from functions.market.store import Gap
from tests.worlds.gap_rows import FRAME, Ledger
from tests.worlds.gaps import BEGINNING, COINS

CALLS = 150


def facts(gap: Gap) -> tuple[object, ...]:
    """Return a row but for its number, which a row that is taken back uses up."""
    return (
        *(gap.symbol, gap.first_open_time, gap.last_open_time, gap.opened_at, gap.closed_at, gap.resolution),
        *(gap.attempts, gap.denials, gap.unsettled, gap.tried_at, gap.denied_at),
    )


@pytest.mark.parametrize("seed", range(1))
def test_same_calls_leave_the_same_rows(engine: Engine, seed: int) -> None:
    chance, memory, now = Random(seed), Ledger(), BEGINNING + timedelta(hours=1)
    for _ in range(CALLS):
        now += timedelta(seconds=chance.choice((1, 20, 400, 700, -300)))
        with engine.begin() as connection:
            listed = store.list_gaps(connection)
            pairs = [(there, here) for there in listed for here in memory.open if facts(there) == facts(here)]
            what = chance.choice(("open", "open", "trim", "fill", "absent", "unsettled", "failure"))
            if what == "open":
                first = BEGINNING + chance.randrange(24) * FRAME.span
                run = Run(chance.choice(COINS), FRAME, first, first + chance.randrange(4) * FRAME.span)
                assert store.open_gaps(connection, [run], "start", now) == memory.open_gaps([run], "start", now)
            elif what == "trim":
                store.trim_gaps(connection, now)
                memory.trim(now)
            elif pairs:
                there, here = chance.choice(pairs)
                if what == "fill":
                    store.close_gap(connection, there.id, "filled", now)
                    memory.close(here, now)
                elif what == "absent":
                    part = chance.choice((here.run, Run(here.symbol, FRAME, here.first_open_time, here.first_open_time)))
                    store.close_as_absent(connection, there, [part], now)
                    memory.close_as_absent(here, [part], now)
                elif what == "unsettled":
                    denials = chance.choice((None, here.denials + 1))
                    store.note_unsettled(connection, there.id, "denied", now, denials=denials)
                    memory.note_unsettled(here, "denied", now, denials)
                else:
                    store.note_failure(connection, there.id, "away")
                    memory.note_failure(here, "away")
        with engine.connect() as connection:
            stored = sorted(map(facts, store.list_gaps(connection, state="all")), key=str)
        assert stored == sorted((facts(gap) for gap in memory.rows if gap.reason != "gone"), key=str)
    assert {gap.resolution for gap in memory.rows} >= {"filled", "absent"}
