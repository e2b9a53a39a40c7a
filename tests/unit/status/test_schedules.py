"""When runs of a schedule are missing: two in a row, and two minutes for the run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.status.schedules import GRACE, Schedule, missing_since, schedules_of
from n8n import workflows

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
WITHOUT_SCHEDULE = {"report-failed-run", "telegram-trigger", "telegram-update"}


def trigger(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "n8n-nodes-base.scheduleTrigger", "parameters": {"rule": {"interval": list(rules)}}}
    return {**node, **changes}


def missing(rule: dict[str, Any], zone: str = "UTC") -> timedelta:
    """How long after a run at noon it is certain that runs are missing, the grace left out."""
    since = missing_since(schedules_of([trigger(rule)]), NOON, zone)
    assert since is not None
    return since - NOON - GRACE


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ({"field": "cronExpression", "expression": "20 * * * * *"}, timedelta(seconds=80)),
        ({"field": "cronExpression", "expression": "40 */5 * * * *"}, timedelta(minutes=5, seconds=40)),
        ({"field": "cronExpression", "expression": "0 4-59/10 * * * *"}, timedelta(minutes=14)),
        ({"field": "cronExpression", "expression": "0 */15 * * * 0"}, timedelta(days=3, hours=12, minutes=15)),
        ({"field": "seconds", "secondsInterval": 10}, timedelta(seconds=20)),
        ({"field": "minutes", "minutesInterval": 7}, timedelta(minutes=14)),
        ({"field": "hours", "triggerAtMinute": 35}, timedelta(hours=1, minutes=35)),
        ({"field": "hours", "hoursInterval": 6, "triggerAtMinute": 5}, timedelta(hours=11, minutes=5)),
        ({"field": "days", "triggerAtHour": 7}, timedelta(days=1, hours=19)),
        ({"field": "days", "daysInterval": 2}, timedelta(days=3, hours=12)),
        ({"field": "weeks", "triggerAtDay": [1, 3], "triggerAtHour": 9}, timedelta(days=6, hours=21)),
        ({"field": "weeks", "triggerAtDay": [1, 3], "weeksInterval": 2}, timedelta(days=27, hours=12)),
        ({"field": "months"}, timedelta(days=57, hours=12)),
        ({}, timedelta(days=1, hours=12)),
    ],
)
def test_second_run_that_did_not_come_is_missing(rule: dict[str, Any], after: timedelta) -> None:
    assert missing(rule) == after


def test_schedule_is_meant_in_the_zone_of_the_workflow() -> None:
    rule = {"field": "days", "triggerAtHour": 7}
    assert missing(rule, "Europe/Moscow") == timedelta(days=1, hours=16)
    assert missing(rule, "Nowhere/Nobody") == missing(rule)


def test_workflow_without_a_readable_schedule_misses_nothing() -> None:
    unread = [
        trigger({"field": "cronExpression", "expression": "={{ $json.when }}"}),
        trigger({"field": "sunsets"}),
        trigger({"field": "hours", "hoursInterval": "={{ 2 }}"}),
        trigger({"field": "seconds"}, disabled=True),
        {"type": "n8n-nodes-base.webhook", "parameters": {"path": "x"}},
    ]
    assert schedules_of(unread) == []
    assert missing_since([], NOON, "UTC") is None


def test_of_several_schedules_the_soonest_counts() -> None:
    both = schedules_of([trigger({"field": "hours"}, {"field": "seconds", "secondsInterval": 5})])
    assert both == [Schedule("0 0 * * * *"), Schedule("* * * * * *", 5)]
    assert missing_since(both, NOON, "UTC") == NOON + timedelta(seconds=10) + GRACE


@pytest.mark.parametrize("name", sorted(workflows.load()))
def test_every_schedule_in_git_is_read(name: str) -> None:
    found = schedules_of(workflows.load()[name]["nodes"])
    assert bool(found) is (name not in WITHOUT_SCHEDULE)
