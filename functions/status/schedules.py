"""When n8n's schedules are due: the rules of a schedule trigger as cron expressions, and when a run is missing.

A rule is what the node's form holds, e.g. `{"field": "hours", "triggerAtMinute": 35}`; n8n makes cron of it too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

MISSES = 2  # in a row: a restart of n8n skips one
GRACE = timedelta(minutes=2)  # for the run itself
_TRIGGER = "n8n-nodes-base.scheduleTrigger"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments of which each `every`-th is a run's; n8n counts them itself, so any of them may be.

    Args:
        cron: with seconds in front, e.g. `20 * * * * *`.
        every: 2 for every second day.
    """

    cron: str
    every: int = 1


def schedules_of(nodes: Iterable[Mapping[str, Any]]) -> list[Schedule]:
    """Return the schedules of a workflow's nodes; a rule that cannot be read, such as an expression, is left out."""
    return [
        schedule
        for node in nodes
        if node.get("type") == _TRIGGER and not node.get("disabled")
        for rule in (node.get("parameters", {}).get("rule") or {}).get("interval") or [{}]
        if (schedule := _schedule(rule)) and _readable(schedule.cron)
    ]


def missing_since(schedules: Sequence[Schedule], after: datetime, zone: str) -> datetime | None:
    """Return when it is certain that runs are missing, if none began after a moment; None for no schedule.

    Args:
        schedules: of one workflow.
        after: the last run, or whatever else a next one is counted from.
        zone: in which the schedules are meant.
    """
    begins = after.astimezone(_zone(zone))
    moments = [moment for schedule in schedules if (moment := _nth(schedule, begins))]
    return min(moments).astimezone(after.tzinfo) + GRACE if moments else None


def _nth(schedule: Schedule, begins: datetime) -> datetime | None:
    moments: Iterator[datetime] = CronSim(schedule.cron, begins)
    moment = None
    for _ in range(MISSES * schedule.every):
        moment = next(moments, None)
    return moment


def _schedule(rule: Mapping[str, Any]) -> Schedule | None:
    field = rule.get("field", "days")
    minute, hour = rule.get("triggerAtMinute", 0), rule.get("triggerAtHour", 0)
    every = rule.get(f"{field}Interval", 1)
    if not isinstance(every, int) or every < 1:
        return None
    match field:
        case "cronExpression":
            return Schedule(str(rule.get("expression", "")))
        case "seconds":
            return Schedule("* * * * * *", rule.get("secondsInterval", 30))
        case "minutes":
            return Schedule("0 * * * * *", rule.get("minutesInterval", 5))
        case "hours":
            return Schedule(f"0 {minute} * * * *", every)
        case "days":
            return Schedule(f"0 {minute} {hour} * * *", every)
        case "weeks":
            days = rule.get("triggerAtDay") or [0]
            return Schedule(f"0 {minute} {hour} * * {','.join(map(str, days))}", every if every == 1 else every * len(days))
        case "months":
            return Schedule(f"0 {minute} {hour} {rule.get('triggerAtDayOfMonth', 1)} * *", every)
        case _:
            return None


def _readable(cron: str) -> bool:
    try:
        CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 - only whether it is one
    except CronSimError:
        return False
    return True


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
