"""Two hours of simulated market through real n8n: every close scored, every account trading, a report, and nothing in the log."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.operations.demo import MARKET_START
from functions.paper.accounts import DESK, RANDOM, TECHNICAL, WATCH_LIST
from tests.desk import Desk, running_desk, until
from tests.server import passable_folder

pytestmark = [pytest.mark.n8n, pytest.mark.soak, pytest.mark.timeout(1800)]
SYMBOLS, SPEED = 50, 20
QUARTER = timedelta(minutes=15)
CLOSES = 8  # of 15m
HALF_AN_HOUR = 0.02  # days: so that trades of every account also end in two hours


def test_two_hours_score_every_close_trade_in_every_account_and_report() -> None:
    options: dict[str, Any] = {"speed": SPEED, "symbols": SYMBOLS, "cooldown_hours": 0, "paper_hold_days": HALF_AN_HOUR}
    with passable_folder() as folder, running_desk(folder, **options) as desk:
        desk.hold_nothing_back()
        first, last = MARKET_START + QUARTER, MARKET_START + CLOSES * QUARTER
        until(lambda: scored(desk, last), "the last close is scored", 900)
        wanted = {account.name for account in (DESK, TECHNICAL, WATCH_LIST, RANDOM)}
        until(lambda: trading(desk, "closed") >= wanted, "every account has closed a trade", 300)

        moments = [first + number * QUARTER for number in range(CLOSES)]
        assert {moment: scored(desk, moment) for moment in moments} == dict.fromkeys(moments, SYMBOLS)
        assert trading(desk, "open") | trading(desk, "closed") >= wanted

        assert desk.call("POST", "/digest/report", json={}).is_success
        until(lambda: desk.told("kind = 'daily_report'"), "the report is delivered", 60)
        report = desk.call("GET", "/paper/report").json()
        assert {account["name"] for account in report["accounts"]} >= wanted
        assert failures(desk.settings.data_dir / "logs") == []


def scored(desk: Desk, close: datetime) -> int:
    """Return how many coins have a score of a close."""
    return int(desk.rows("SELECT count(DISTINCT symbol) FROM score WHERE close_time = :close", close=close)[0][0])


def trading(desk: Desk, state: str) -> set[str]:
    """Return the accounts that have trades in a state."""
    statement = "SELECT DISTINCT a.name FROM paper_trade t JOIN paper_account a ON a.id = t.account_id WHERE t.state = :state"
    return {row[0] for row in desk.rows(statement, state=state)}


def failures(folder: Path) -> list[str]:
    """Return the lines of the parts' logs that say an error."""
    found = []
    for file in folder.glob("*.log"):
        for line in file.read_text().splitlines():
            try:
                level = json.loads(line).get("level", "") if line.startswith("{") else ""
            except json.JSONDecodeError:
                continue
            if level in ("error", "critical"):
                found.append(f"{file.name}: {line[:300]}")
    return found
