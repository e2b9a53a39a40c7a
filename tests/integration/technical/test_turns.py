"""Scans that are asked for at once, in one process and in several: everything is done once and nobody waits behind a crowd."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from functions.app import create_app
from functions.settings import Settings
from functions.technical import store
from functions.technical.run.scan import Scanner, ScanReport
from functions.technical.run.turns import ScanTurns
from tests.conftest import TOKEN
from tests.desk import until
from tests.integration.technical.test_scan import SYMBOLS, count, scan, world
from tests.unit.technical.making import END

__all__ = ["world"]


@pytest.fixture
def replica(settings: Settings, routes: list[BaseRoute]) -> Iterator[Callable[..., TestClient]]:
    """One more process of the functions, with settings of its own."""
    with ExitStack() as running:

        def start(**own: object) -> TestClient:
            app = create_app(settings.model_copy(update=own))
            app.router.routes = routes
            return running.enter_context(TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}))

        yield start


def test_scans_of_three_processes_at_once_write_everything_once(
    client: TestClient, world: Engine, replica: Callable[..., TestClient]
) -> None:
    scan(client, END - 4 * timedelta(minutes=15))
    setups, readings = count(world, "setup"), count(world, "factor_reading")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(scan, (client, replica(), replica())))
    assert sorted(answer["states"] for answer in answers) == [0, 0, (12 + 4 + 1 + 1 + 1) * len(SYMBOLS)]
    assert count(world, "setup") == setups + sum(len(answer["setups"]) for answer in answers)
    assert count(world, "factor_reading") == readings + 4 * len(SYMBOLS)


def test_many_scans_at_once_leave_connections_to_the_one_at_work(client: TestClient, world: Engine) -> None:
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: scan(client), range(30)))
    assert sum(answer["states"] for answer in answers) == 5 * len(SYMBOLS)
    assert count(world, "processed_close") == 5


def test_announcements_that_come_while_a_scan_runs_share_the_next_one(
    world: Engine, replica: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While history is loaded closes are announced by the dozen: were each scanned for, the newest would wait behind them all."""
    client = replica(market_clock=f"{END.isoformat()}@{END.isoformat()}x0.000000001")
    turns: ScanTurns = client.app.state.scan_turns  # type: ignore[attr-defined]
    scans: list[datetime] = []
    run = Scanner.run

    def counted(self: Scanner, as_of: datetime, *more: Any) -> ScanReport:
        scans.append(as_of)
        return run(self, as_of, *more)

    monkeypatch.setattr(Scanner, "run", counted)

    def announce() -> dict[str, Any]:
        answer = client.post("/technical/scan", params={"close_time": END.isoformat()}, json={})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    with ThreadPoolExecutor(12) as pool:
        with world.begin() as another:
            store.lock_scans(another)  # the first one waits for it, and those after it for the first
            first = pool.submit(announce)
            until(lambda: len(scans) == 1, "the first scan has begun", 30)
            others = [pool.submit(announce) for _ in range(11)]
            until(lambda: turns.waiting == len(others), "the others wait", 30)
        answers = [other.result(60) for other in others]
    assert first.result(60)["states"] == 5 * len(SYMBOLS)
    assert len(scans) == 2
    assert [answer["states"] for answer in answers] == [0] * len(others)
