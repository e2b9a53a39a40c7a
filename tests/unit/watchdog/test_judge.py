"""Which troubles a look makes, and which are only consequences of others."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.status.beats import Beat
from functions.status.troubles import Kind, Trouble
from functions.status.workflows import State, WorkflowState
from functions.watchdog.judge import Look, Rows, switched_off, troubles_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MARKET = datetime(2024, 3, 5, 12, tzinfo=UTC)


def beat(seconds: int, part: str = "collector", trouble: str = "") -> Beat:
    return Beat(part, NOW - timedelta(seconds=seconds), {"exchange_trouble": trouble})


def workflow(state: State, name: str = "Read the news") -> WorkflowState:
    return WorkflowState(workflow=name.lower(), name=name, state=state, succeeded_at=NOW, failed_at=None)


ROWS = Rows(beats=[beat(5)], newest_close=MARKET - timedelta(minutes=4), workflows=[workflow(State.RUNS)])
WELL = Look(at=NOW, market=MARKET, functions="", n8n="", rows=ROWS)


def found(look: Look, were_off: Collection[str] = ()) -> list[Trouble]:
    return list(troubles_of(look, frozenset(were_off)))


def with_rows(look: Look = WELL, **changes: object) -> Look:
    return replace(look, rows=replace(ROWS, **changes))  # type: ignore[arg-type]


def test_desk_that_is_well_has_no_trouble() -> None:
    assert found(WELL) == []
    assert found(with_rows(newest_close=None, beats=[], workflows=[])) == []  # it is starting


def test_each_part_that_does_not_answer_is_one() -> None:
    look = replace(WELL, functions="status 503", n8n="ConnectError")
    assert [trouble.words for trouble in found(look)] == ["n8n: ConnectError", "functions: status 503"]


def test_database_that_is_away_explains_the_rest_but_n8n() -> None:
    look = replace(WELL, rows=None, database="no answer", functions="status 503", n8n="status 503")
    assert [trouble.kind for trouble in found(look)] == [Kind.N8N, Kind.DATABASE]


def test_silent_collector_is_named_and_explains_late_candles() -> None:
    late = with_rows(beats=[beat(5, "collector 1/2"), beat(40, "collector 2/2")], newest_close=MARKET - timedelta(hours=1))
    assert found(late) == [Trouble(Kind.COLLECTOR, "collector 2/2")]


def test_candles_of_a_quarter_of_an_hour_ago_are_late_unless_the_exchange_is_away() -> None:
    late = MARKET - timedelta(minutes=15, seconds=1)
    assert found(with_rows(newest_close=late)) == [Trouble(Kind.CANDLES)]
    assert found(with_rows(newest_close=late, beats=[beat(5, trouble="503")])) == []
    assert found(with_rows(newest_close=MARKET - timedelta(minutes=15))) == []


def test_workflow_that_stopped_is_a_trouble_while_n8n_answers() -> None:
    stopped = with_rows(workflows=[workflow(State.STOPPED), workflow(State.FAILS, "Read the odds")])
    assert found(stopped) == [Trouble(Kind.STOPPED, "Read the news")]
    assert found(replace(stopped, n8n="ConnectError")) == [Trouble(Kind.N8N)]


def test_workflow_that_is_switched_off_is_one_unless_it_was_off_before() -> None:
    look = with_rows(workflows=[workflow(State.OFF), workflow(State.RUNS, "Read the odds")])
    assert found(look) == [Trouble(Kind.OFF, "Read the news")]
    assert found(look, {"read the news"}) == []
    assert switched_off(look) == frozenset({"read the news"})


def test_what_is_off_is_not_known_while_nobody_can_read_it() -> None:
    assert switched_off(replace(WELL, rows=None)) is None
    assert switched_off(with_rows(workflows=[])) is None
