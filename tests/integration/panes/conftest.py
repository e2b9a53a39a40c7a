"""A week of a desk, its last hour scanned and scored by the functions themselves, for every pane."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from db.connect import engine_for
from functions.panes.run.read import PaneReader
from functions.scoring.run.settings import rules_of
from functions.settings import Settings
from tests.desk_days import store_days
from tests.integration.scoring.conftest import Score, candles, scan, score, world
from tests.integration.scoring.test_line import replay
from tests.unit.technical.making import END

__all__ = ["candles", "scan", "score", "world"]

HOUR = timedelta(hours=1)
_RUNNING = """
    INSERT INTO heartbeat (part, at, detail) VALUES ('collector', :end - interval '9 seconds', '{}'),
        ('bridge', :end - interval '3 hours', '{}');
    INSERT INTO source_status (source, last_success_at, last_error_at, last_error, successes)
    VALUES ('fear_greed', :end - interval '40 minutes', NULL, NULL, 41),
        ('news', :end - interval '90 minutes', :end - interval '5 minutes', '401', 7),
        ('reddit', NULL, :end - interval '2 hours', 'never', 0);
    INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at)
    VALUES ('AAAUSDT', '15m', :end - interval '2 days', :end - interval '2 days', 'missed', :end - interval '2 days');
    INSERT INTO paper_trade (account_id, symbol, side, source, state, quantity, open_quantity, entry, stop, targets,
                             target_quantity, settled_until, opened_at, fee, slippage, break_even, regime_exit)
    SELECT id, 'AAAUSDT', 'short', 'signal', 'open', 2, 2, 120, 126, '{110}', 2, :end, :end - interval '90 minutes', 0.001, 0,
           true, false FROM paper_account WHERE name IN ('desk', 'random');
    INSERT INTO paper_fill (trade_id, at, reason, price, quantity, fee, profit)
    SELECT id, opened_at, 'entry', entry, quantity, 0.24, 0 FROM paper_trade WHERE state = 'open';
"""


def run(engine: Engine, statements: str, **values: object) -> None:
    """Execute statements that end with a semicolon and a line."""
    with engine.begin() as connection:
        for statement in statements.split(";\n")[:-1]:
            connection.execute(text(statement), values)


@pytest.fixture
def desk(world: Engine, scan: Score, score: Score) -> Engine:
    """A week that was stored, then an hour of closes that were scanned and scored."""
    store_days(world, END - HOUR, 7)
    run(world, _RUNNING, end=END)
    replay(scan, score, 5)
    return world


@pytest.fixture
def reader(settings: Settings) -> Iterator[PaneReader]:
    """Panes as the dashboard reads them: with its own role."""
    engine = engine_for(settings.database("dashboard"), application="test-dashboard")
    yield PaneReader(engine, settings.clock, rules_of(settings))
    engine.dispose()
