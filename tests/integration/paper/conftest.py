"""Pairs with a price of 100, fresh two minutes after noon, when trades are opened."""

import pytest
from sqlalchemy import Engine

from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.paper.market import OPENED, add_pairs, quote


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without slippage, so that numbers are round; fees as they are."""
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, slippage_percent=0)


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    add_pairs(engine)
    quote(engine, 100, OPENED)
