"""The doctor at a whole desk: all is well, and a workflow that does not run is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from functions.clock import wall_now
from functions.errors import Conflict
from functions.operations.checks.doctor import Finding, examine
from functions.status.store import beat
from functions.watchdog.run.watch import Watchdog
from n8n import workflows
from n8n.deploy import deploy
from n8n.rest import Rest
from tests.desk import Desk, until

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(900)]  # the first test of all waits for the desk's start


def workflows_of(desk: Desk) -> Finding:
    return next(finding for finding in examine(desk.settings) if finding.check == "workflows")


def test_a_running_desk_has_every_workflow_published(desk: Desk) -> None:
    assert workflows_of(desk) == Finding(
        "workflows", "ok", f"{len(workflows.load()) - 1} published"
    )  # of Telegram's two doors one
    assert not [finding for finding in examine(desk.settings) if finding.failed]


def test_a_workflow_that_is_turned_off_is_a_warning(desk: Desk) -> None:
    with Rest(desk.settings) as n8n:
        version = n8n.workflow("send-digest")["activeVersionId"]
        n8n.unpublish("send-digest")
        try:
            found = workflows_of(desk)
        finally:
            n8n.publish("send-digest", version)
    assert (found.verdict, "not published: send-digest;" in found.detail) == ("warn", True)


def test_a_workflow_that_is_gone_is_a_failure_until_it_is_deployed(desk: Desk) -> None:
    with Rest(desk.settings) as n8n:
        n8n.archive("send-report")
        until(lambda: is_deleted(n8n, "send-report"), "it can be deleted", 30)
    try:
        found = workflows_of(desk)
    finally:
        deploy(desk.settings)
    assert (found.verdict, "not in n8n: send-report;" in found.detail) == ("fail", True)
    assert workflows_of(desk).verdict == "ok"


def is_deleted(n8n: Rest, name: str) -> bool:
    try:
        n8n.delete(name)
    except Conflict:  # its triggers are still being taken down
        return False
    return True


@contextmanager
def watchdog_of(desk: Desk) -> Iterator[Watchdog]:
    watchdog = Watchdog(desk.settings)
    try:
        yield watchdog
    finally:
        watchdog._engine.dispose()


def states(desk: Desk) -> dict[str, str]:
    """What the status says of each workflow."""
    answer = desk.call("GET", "/status").raise_for_status().json()
    return {one["workflow"]: one["state"] for one in answer["workflows"]}


def since(desk: Desk, at: datetime) -> None:
    """Let n8n be there, with the weekly report as it is, since a moment."""
    with desk.engine.begin() as connection:
        connection.execute(text("""UPDATE n8n.workflow_entity SET "updatedAt" = :at WHERE id = 'send-weekly'"""), {"at": at})
        beat(connection, "n8n", wall_now(), {"ready_since": at.isoformat()})


def test_status_knows_by_n8ns_own_notes_that_every_workflow_runs_and_which_does_not(desk: Desk) -> None:
    with watchdog_of(desk) as watchdog:
        watchdog.round(wall_now())
    until(lambda: desk.rows("""SELECT 1 FROM n8n.workflow_statistics WHERE "workflowId" = 'settle-trades'
                               AND name = 'production_success'"""), "a run is noted", 120)  # fmt: skip
    assert len(states(desk)) == len(workflows.load()) - 1
    assert set(states(desk).values()) == {"runs"}
    try:
        since(desk, datetime.now(UTC) - timedelta(days=30))  # and the weekly report has not run since
        assert {name for name, state in states(desk).items() if state != "runs"} == {"send-weekly"}
        found = next(finding for finding in examine(desk.settings) if finding.check == "runs send-weekly")
    finally:
        since(desk, datetime.now(UTC))
    assert found.verdict == "fail"
    assert "does not run: it never ran well" in found.detail
