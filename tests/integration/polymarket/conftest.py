"""The functions beside a simulated Polymarket."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, SourcesSim

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        polymarket_gamma_url=sources.base("gamma"),
        polymarket_clob_url=sources.base("clob"),
    )
