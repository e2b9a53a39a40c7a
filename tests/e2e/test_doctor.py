"""The doctor at a whole desk: all is well, and a workflow that does not run is named."""

import pytest

from functions.errors import Conflict
from functions.operations.checks.doctor import Finding, examine
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
