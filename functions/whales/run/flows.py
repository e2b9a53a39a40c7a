"""Add flows up anew where transactions or labels have come, and write the readings that follow."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from functions.factors.store import write_readings
from functions.whales import store
from functions.whales.flow import HOUR, hour_of, hourly_flows, readings_at
from functions.whales.rules import WhaleRules


def add_up(
    connection: Connection, as_of: datetime, rules: WhaleRules, more: Collection[datetime] = (), *, alive: bool = True
) -> int:
    """Add up every hour that is over and may have changed; returns how many flows are new. Nothing changed changes nothing.

    Args:
        connection: in a transaction of the caller's.
        as_of: market time.
        rules: the numbers.
        more: hours to add up beside the newest ones and those of addresses with new labels.
        alive: whether a feed answers: without one the newest hours are not whole, and only readings that are there are corrected.
    """
    end = last_end(as_of, rules)
    newest = store.newest_flow_hour(connection)
    first = min(end - rules.again, newest - HOUR) if newest else end - rules.again
    older = {hour for hour in (*more, *store.hours_of_labels(connection, first, as_of)) if hour < first}
    flows = hourly_flows(store.transactions_between(connection, first, end, as_of))
    for hour in sorted(older):
        flows += hourly_flows(store.transactions_between(connection, hour, hour + HOUR, as_of))
    changed = {hour for _, hour in store.write_flows(connection, flows, as_of)}
    _write_readings(connection, changed, as_of, rules, alive=alive)
    return len(changed)


def last_end(as_of: datetime, rules: WhaleRules) -> datetime:
    """Return when the newest hour ended that is over and whole."""
    return hour_of(as_of - rules.grace)


def _write_readings(
    connection: Connection, changed: Collection[datetime], as_of: datetime, rules: WhaleRules, *, alive: bool
) -> None:
    """Write the readings of each window that a changed hour is part of, and of the newest one."""
    end = last_end(as_of, rules)
    last = end if alive else store.newest_reading_end(connection)
    ends = {hour + HOUR * later for hour in changed for later in range(1, rules.window // HOUR + 1)} | {end}
    ends = {one for one in ends if last and one <= last}
    if not ends:
        return
    hourly = store.flows_between(connection, min(ends) - rules.window, max(ends), as_of)
    readings = [reading for one in sorted(ends) for reading in readings_at(one, hourly, rules)]
    write_readings(connection, readings, seen_at=as_of)


def day_back(as_of: datetime, rules: WhaleRules) -> datetime:
    """Return the earliest hour that a day's activity is compared with."""
    return last_end(as_of, rules) - timedelta(days=rules.activity_days + 1)
