"""Whether each of our workflows really runs: what n8n has noted of its runs, against its schedule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.status.schedules import missing_since, schedules_of


class State(StrEnum):
    """How a workflow is."""

    RUNS = "runs"
    FAILS = "fails"
    STOPPED = "stopped"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class WorkflowRuns:
    """A workflow as n8n holds it, and its last runs; wall times.

    Args:
        workflow: its id in git.
        name: in the editor.
        published: whether any version of it is live.
        changed_at: when it was last written or published.
        nodes: of the live version.
        zone: of its schedules.
        succeeded_at: when a run last ended well.
        failed_at: when a run last failed.
    """

    workflow: str
    name: str
    published: bool
    changed_at: datetime
    nodes: Sequence[Mapping[str, Any]]
    zone: str
    succeeded_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """How a workflow is, and since when its runs are missing if they are."""

    workflow: str
    name: str
    state: State
    succeeded_at: datetime | None
    failed_at: datetime | None
    missing_since: datetime | None = None

    @property
    def sentence(self) -> str:
        """Return what a person should know; empty when it runs."""
        last = f"its last success was {self.succeeded_at:%Y-%m-%d %H:%M} UTC" if self.succeeded_at else "it never ran well"
        match self.state:
            case State.STOPPED:
                return f"n8n answers, but the workflow {self.name!r} does not run: {last}; publish it anew, or start n8n again"
            case State.FAILS:
                return f"the workflow {self.name!r} fails: {last}; its Executions in n8n say why"
            case State.OFF:
                return f"the workflow {self.name!r} is not published; publish it in the editor if it should run"
            case State.RUNS:
                return ""


def judge(runs: Iterable[WorkflowRuns], ready_since: datetime | None, now: datetime) -> list[WorkflowState]:
    """Return the state of each workflow.

    Args:
        runs: what n8n knows.
        ready_since: since when n8n has answered without a break; None when it does not, and then nobody can expect a run.
        now: wall time.
    """
    return [_judge(one, ready_since, now) for one in runs]


def _judge(runs: WorkflowRuns, ready_since: datetime | None, now: datetime) -> WorkflowState:
    state, missing = State.RUNS, None
    if not runs.published:
        state = State.OFF
    elif ready_since is not None:
        ends = [moment for moment in (runs.succeeded_at, runs.failed_at) if moment]
        missing = missing_since(schedules_of(runs.nodes), max([ready_since, runs.changed_at, *ends]), runs.zone)
        if missing is not None and missing <= now:
            state = State.STOPPED
        else:
            missing = None
    if state is State.RUNS and runs.failed_at and (runs.succeeded_at is None or runs.failed_at > runs.succeeded_at):
        state = State.FAILS
    return WorkflowState(
        workflow=runs.workflow,
        name=runs.name,
        state=state,
        succeeded_at=runs.succeeded_at,
        failed_at=runs.failed_at,
        missing_since=missing,
    )
