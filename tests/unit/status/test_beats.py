"""Which parts are late, when some are only seen by another."""

from datetime import UTC, datetime, timedelta

from functions.status.beats import READY_SINCE, SEEN_BY, Beat, late_parts, n8n_ready_since

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SEEN = {SEEN_BY: "watchdog"}


def beat(part: str, seconds: int, **detail: str) -> Beat:
    return Beat(part, NOW - timedelta(seconds=seconds), dict(detail))


def test_part_is_late_half_a_minute_after_its_beat() -> None:
    assert late_parts([beat("collector", 31), beat("watchdog", 30)], NOW) == {"collector"}


def test_part_that_its_watcher_has_not_seen_is_late() -> None:
    assert late_parts([beat("watchdog", 1), beat("n8n", 60, **SEEN)], NOW) == {"n8n"}


def test_of_a_watcher_that_is_late_nothing_follows() -> None:
    assert late_parts([beat("watchdog", 60), beat("n8n", 60, **SEEN)], NOW) == {"watchdog"}


def test_n8n_is_ready_since_its_beat_says_unless_it_is_late() -> None:
    since = NOW - timedelta(hours=1)
    assert n8n_ready_since([beat("n8n", 1, **{READY_SINCE: since.isoformat()})], NOW) == since
    assert n8n_ready_since([beat("n8n", 31, **{READY_SINCE: since.isoformat()})], NOW) is None
    assert n8n_ready_since([beat("n8n", 1)], NOW) is None
    assert n8n_ready_since([], NOW) is None
