"""Queue mode: n8n with two workers and a webhook process on Redis, three functions behind one address; a start takes a minute."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import pytest

from functions.delivery.store.outbox import LEASE
from n8n.rest import is_ready
from tests.desk import until
from tests.e2e.test_line import arrivals, is_confirmed, raise_test_alert
from tests.scaled import REPLICAS, WORKERS, ScaledDesk, running_scaled_desk
from tests.server import passable_folder

pytestmark = [pytest.mark.n8n, pytest.mark.soak, pytest.mark.timeout(1200)]
LEASED = "SELECT 1 FROM delivery d JOIN alert a ON a.id = alert_id WHERE key = :key AND lease_until IS NOT NULL"


@pytest.fixture(scope="module")
def scaled() -> Iterator[ScaledDesk]:
    """A running desk in queue mode."""
    with passable_folder() as folder, running_scaled_desk(folder, speed=20, symbols=20, cooldown_hours=0) as desk:
        desk.hold_nothing_back()
        yield desk


def sending(desk: ScaledDesk) -> list[str]:
    """The workers that hold a connection to Telegram."""
    port = urlsplit(desk.telegram).port
    pids = desk.supervisor.pids()
    connections = {name: psutil.Process(pids[name]).net_connections("tcp") for name in WORKERS}
    return [name for name, held in connections.items() if any(one.raddr[1:] == (port,) for one in held)]


def test_a_close_becomes_a_message_through_webhook_process_workers_and_replicas(scaled: ScaledDesk) -> None:
    until(lambda: any("TP3" in message["text"] for message in scaled.messages()), "a signal arrives in Telegram", 240)
    assert all(scaled.requests(name) for name in REPLICAS), "every replica answers"
    jobs = scaled.jobs()
    assert scaled.closes().is_success
    until(lambda: scaled.jobs() > jobs, "the webhook process hands its run to a worker", 30)


def test_worker_killed_mid_send_loses_nothing(scaled: ScaledDesk) -> None:
    scaled.fault(scaled.telegram, "tg_delay", match="send*", delay=5)
    try:
        killed = raise_test_alert(scaled, "killed worker")
        until(lambda: scaled.rows(LEASED, key=killed), "a worker has claimed the message", 60)
        until(lambda: sending(scaled), "a worker sends", 20)
        scaled.kill(sending(scaled)[0])
    finally:
        scaled.clear()
    until(lambda: is_confirmed(scaled, killed), "it is sent again after its lease", LEASE.total_seconds() + 90)
    assert 1 <= arrivals(scaled, killed) <= 2


def test_main_killed_and_started_while_workers_send_doubles_nothing(scaled: ScaledDesk) -> None:
    scaled.fault(scaled.telegram, "tg_delay", match="send*", delay=2)
    try:
        keys = [raise_test_alert(scaled, f"main restarted {number}") for number in range(6)]
        until(lambda: any(scaled.rows(LEASED, key=key) for key in keys), "a worker has claimed one", 60)
        scaled.kill("n8n")
        until(lambda: is_ready(scaled.settings.n8n_address), "the main process is back", 180)
        until(lambda: all(is_confirmed(scaled, key) for key in keys), "all are confirmed", 240)
    finally:
        scaled.clear()
    assert [arrivals(scaled, key) for key in keys] == [1] * len(keys)
