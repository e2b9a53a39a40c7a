"""A desk with both keys of Whale Alert's, and the simulated source."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, SourcesSim
from tests.sim.sources.whale_alert import KEY

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def sources(sources: SourcesSim) -> SourcesSim:
    sources.whale_alert.wanders = False
    sources.whale_alert.budget = 1000
    return sources


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        whale_alert_url=sources.base("whale"),
        whale_alert_ws_url=sources.base("whale/ws").replace("http", "ws"),
        whale_alert_key=KEY,
        whale_alert_rest_key=KEY,
        whale_alert_requests_per_minute=1000,
    )


def refresh(client: TestClient, at: datetime) -> dict[str, Any]:
    """Read the whales at a moment."""
    answer = client.post("/whales/refresh", json={"as_of": at.isoformat()})
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read
