"""A failed run is told once an hour and workflow, whatever the clock's hour says."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

RUN = {"workflow": "Candles closed", "node": "Scan", "message": "ECONNREFUSED", "execution_id": "12"}


def told(client: TestClient, **changes: str) -> bool:
    return bool(client.post("/status/failed-runs", json=RUN | changes).json()["raised"])


def age(engine: Engine, by: timedelta) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert SET created_at = created_at - :by"), {"by": by})


@pytest.mark.parametrize(("minutes", "again"), [(1, False), (59, False), (61, True)])
def test_second_failure_is_told_an_hour_after_the_first(client: TestClient, engine: Engine, minutes: int, again: bool) -> None:
    assert told(client)
    age(engine, timedelta(minutes=minutes))
    assert told(client, execution_id="13") is again


def test_another_workflow_is_told_at_once(client: TestClient) -> None:
    assert told(client)
    assert told(client, workflow="Send digest")
    assert not told(client, workflow="Send digest")


def test_message_of_the_alert_hides_secrets(client: TestClient, engine: Engine) -> None:
    assert told(client, message="GET https://api.telegram.org/bot123456:" + "A" * 35 + "/getMe")
    with engine.connect() as connection:
        payload = connection.scalar(text("SELECT payload ->> 'message' FROM alert"))
    assert payload == "GET https://api.telegram.org/bot***/getMe"
