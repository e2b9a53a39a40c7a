"""The trader is told once that the exchange is away, in plain words, and once that it is back."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.clock import wall_now
from functions.status.store import beat

TROUBLE = "Bybit is in maintenance"


def say(client: TestClient, trouble: str, gaps: int = 0) -> bool:
    return bool(client.post("/status/exchange", json={"trouble": trouble, "gaps_filled": gaps}).json()["raised"])


def alerts(engine: Engine) -> list[tuple[str, dict[str, object]]]:
    with engine.connect() as connection:
        return [(kind, payload) for kind, payload in connection.execute(text("SELECT kind, payload FROM alert ORDER BY id"))]


def test_outage_and_its_end_are_told_once_each(client: TestClient, engine: Engine) -> None:
    assert not say(client, "")  # a collector that starts and finds all well
    assert [say(client, TROUBLE), say(client, "Bybit does not answer")] == [True, False]
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert SET created_at = created_at - interval '12 minutes'"))
    assert [say(client, "", gaps=200), say(client, "", gaps=200)] == [True, False]
    assert alerts(engine) == [("exchange_away", {"reason": TROUBLE}), ("exchange_back", {"minutes": 12, "gaps": 200})]
    assert say(client, TROUBLE)


@pytest.mark.parametrize(
    ("trouble", "heard", "message", "raised"),
    [
        (TROUBLE, timedelta(0), f"503 - {TROUBLE}", False),
        ("", timedelta(0), TROUBLE, True),
        (TROUBLE, timedelta(0), "connect ECONNREFUSED", True),
        (TROUBLE, timedelta(minutes=1), TROUBLE, True),
    ],
)
def test_workflow_that_fails_because_the_exchange_is_away_is_not_told_beside_it(
    client: TestClient, engine: Engine, trouble: str, heard: timedelta, message: str, raised: bool
) -> None:
    with engine.begin() as connection:
        beat(connection, "collector", wall_now() - heard, {"exchange_trouble": trouble})
    run = {"workflow": "Watch for listings", "message": message}
    assert client.post("/status/failed-runs", json=run).json()["raised"] is raised
