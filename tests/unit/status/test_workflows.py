"""What n8n has noted of a workflow's runs, and what that makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.status.workflows import State, WorkflowRuns, judge

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=9)
MINUTELY = {
    "type": "n8n-nodes-base.scheduleTrigger",
    "parameters": {"rule": {"interval": [{"field": "cronExpression", "expression": "20 * * * * *"}]}},
}
WELL = WorkflowRuns(
    workflow="settle-trades",
    name="Settle paper trades",
    published=True,
    changed_at=LONG_AGO,
    nodes=[MINUTELY],
    zone="UTC",
    succeeded_at=NOW - timedelta(seconds=40),
    failed_at=None,
)


def state(runs: WorkflowRuns, ready_since: datetime | None = LONG_AGO) -> State:
    return judge([runs], ready_since, NOW)[0].state


def test_workflow_that_ran_in_time_runs() -> None:
    assert judge([WELL], LONG_AGO, NOW)[0].sentence == ""
    assert state(WELL) is State.RUNS


def test_published_workflow_without_runs_is_stopped_and_says_since_when() -> None:
    found = judge([replace(WELL, succeeded_at=NOW - timedelta(minutes=4))], LONG_AGO, NOW)[0]
    assert (found.state, found.missing_since) == (State.STOPPED, NOW - timedelta(minutes=1) + timedelta(seconds=20))
    assert "'Settle paper trades' does not run: its last success was 2026-03-04 11:56 UTC" in found.sentence


def test_workflow_that_never_ran_is_stopped_too() -> None:
    found = judge([replace(WELL, succeeded_at=None)], LONG_AGO, NOW)[0]
    assert found.state is State.STOPPED
    assert "it never ran well" in found.sentence


@pytest.mark.parametrize(
    ("changes", "ready_since"),
    [
        ({"succeeded_at": LONG_AGO}, NOW - timedelta(minutes=2)),
        ({"succeeded_at": LONG_AGO, "changed_at": NOW - timedelta(minutes=2)}, LONG_AGO),
        ({"succeeded_at": LONG_AGO}, None),
        ({"succeeded_at": None, "nodes": []}, LONG_AGO),
    ],
    ids=["n8n has just started", "it was just published", "n8n does not answer", "it has no schedule"],
)
def test_runs_are_missed_only_while_they_can_be_expected(changes: dict[str, object], ready_since: datetime | None) -> None:
    assert state(replace(WELL, **changes), ready_since) is State.RUNS  # type: ignore[arg-type]


def test_workflow_whose_last_run_failed_fails_and_is_not_stopped() -> None:
    failing = replace(WELL, succeeded_at=LONG_AGO, failed_at=NOW - timedelta(seconds=40))
    assert state(failing) is State.FAILS
    assert "fails: its last success was 2026-02-23" in judge([failing], LONG_AGO, NOW)[0].sentence
    assert state(replace(WELL, failed_at=LONG_AGO)) is State.RUNS


def test_unpublished_workflow_is_off_whatever_ran() -> None:
    assert state(replace(WELL, published=False)) is State.OFF
    assert state(replace(WELL, published=False, succeeded_at=None), None) is State.OFF
