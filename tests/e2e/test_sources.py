"""Sources that need no key, read by real n8n when the desk starts; what they tell reaches Telegram."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from functions.outbox import raise_alert
from tests.desk import Desk, until
from tests.unit.delivery import making

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(900)]  # the first test of all waits for the desk's start
NAMES = {"stream": "whale_alert_stream", "rest": "whale_alert"}
KEYLESS = {"polymarket", "stablecoin_supply", "exchange_flows", "fear_greed"}


def read_sources(desk: Desk) -> set[str]:
    """The sources that have said a reading which was fresh when it came; market time runs too fast for it to stay so."""
    query = (
        "SELECT DISTINCT s.source FROM factor_reading r JOIN factor_series s ON s.id = r.series_id WHERE r.stale_at > r.seen_at"
    )
    return {row[0] for row in desk.rows(query)}


def test_sources_without_a_key_are_read_when_the_desk_starts(desk: Desk) -> None:
    until(lambda: read_sources(desk) >= KEYLESS, "each source without a key has a fresh reading", 120)
    failed = desk.rows("SELECT source, last_error FROM source_status WHERE source = ANY(:names) AND errors > 0", names=[*KEYLESS])
    assert failed == []


def test_odds_that_moved_reach_telegram(desk: Desk) -> None:
    now = datetime.now(UTC)
    with desk.engine.begin() as connection:
        raise_alert(
            connection,
            key="odds_moved:e2e",
            kind="odds_moved",
            payload=making.odds_moved(),
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
    until(lambda: any("the odds moved" in message["text"] for message in desk.messages()), "the odds are told", 60)


@pytest.mark.parametrize("feed", ["stream", pytest.param("rest", marks=pytest.mark.soak)])
def test_transaction_of_ten_millions_reaches_telegram_within_the_free_limit(
    desk: Desk, feed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measure from the moment the source knows it: the websocket brings it at once, REST at the next minute's call."""
    source = desk.settings.whale_alert_url
    until(
        lambda: desk.rows("SELECT 1 FROM source_status WHERE source = :name AND successes > 0", name=NAMES[feed]),
        "it answers",
        120,
    )
    begun = time.monotonic()
    transfer = {"symbol": "ETH", "amount": 4000, "usd": 12e6, "recipient": "binance", "told": feed == "stream"}
    digest = httpx.post(f"{source}/_sim/transfer", json=transfer, timeout=5).json()["hash"]
    until(lambda: any(digest in message["text"] for message in desk.messages()), "the whale is told", 300)
    took = time.monotonic() - begun
    with capsys.disabled():
        print(f"\na transaction of $12M over {feed} reached Telegram after {took:.1f} s")
    assert took < 300
