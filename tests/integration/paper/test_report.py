"""Each account beside the others and BTC, at any moment: from fills and candles, whatever was down."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.integration.paper.market import NOON, OPENED, add_candles, opened, quote, settled

EVENING = NOON + timedelta(minutes=10, seconds=1)
MIDNIGHT = NOON + timedelta(hours=12)
HOUR = timedelta(hours=1)
# From noon on: up to 110, where a third is sold at 105 and the stop moves to the entry, then level for two days.
PATH = " | ".join(["100 100 100 100", "100 112 100 110"] + ["110 110 110 110"] * (2 * 288))


def get(client: TestClient, path: str, at: datetime, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, params={"as_of": at.isoformat(), **query}).raise_for_status().json()
    return answer


def daily(client: TestClient, at: datetime) -> dict[str, Any]:
    answer = client.post("/digest/report", json={"as_of": at.isoformat()}).raise_for_status().json()
    report: dict[str, Any] = answer["report"]["report"]
    return report


def test_booked_and_change_of_equity_are_two_figures(client: TestClient, engine: Engine) -> None:
    opened(client, stop=90, targets=[105, 115, 125])
    add_candles(engine, "BTCUSDT", PATH)
    settled(client, NOON + HOUR)
    report = get(client, "/paper/report", NOON + 2 * HOUR, hours=24)
    [account] = report["accounts"]
    bought, sold = 1.0 * 100 * 0.001, 0.333 * 105 * 0.001
    assert float(account["booked"]) == pytest.approx(0.333 * 5 - bought - sold)
    assert float(account["change"]) == pytest.approx(0.333 * 5 + 0.667 * 10 - bought - sold)
    assert float(account["equity"]) == pytest.approx(1000 + float(account["change"]))
    assert [account[name] for name in ("name", "opened", "closed", "open", "unpriced")] == ["manual", 1, 0, 1, []]
    assert (report["held"]["price"], report["held"]["symbol"]) == ("110", "BTCUSDT")
    assert [(one["symbol"], one["quantity"], one["price"]) for one in report["open"]] == [("BTCUSDT", "0.667", "110")]


def test_each_fill_is_in_one_daily_report_whenever_it_was_booked(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95)
    opened(client, "two", "ETHUSDT", stop=95)
    first = daily(client, EVENING)["accounts"][0]
    assert (first["opened"], first["closed"], first["booked"]) == (2, 0, "-0.2")
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 100 94 95")
    add_candles(engine, "ETHUSDT", "100 100 100 100 | 100 100 100 100 | 100 100 94 95")
    settled(client, NOON + timedelta(minutes=15))  # one dated before the report, one after it
    second = daily(client, EVENING + 24 * HOUR)["accounts"][0]
    assert (second["opened"], second["closed"], second["won"], second["booked"]) == (0, 2, 0, "-10.19")


def test_equity_of_every_midnight_is_there_after_an_outage_and_the_same_as_without_one(
    client: TestClient, engine: Engine
) -> None:
    opened(client, stop=90, targets=[105, 115, 125])
    opened(client, "two", "ETHUSDT", stop=95)
    add_candles(engine, "BTCUSDT", PATH)
    add_candles(engine, "ETHUSDT", " | ".join(["100 100 100 100"] * 200 + ["100 100 94 96"] + ["96 96 96 96"] * 300))
    last = NOON + timedelta(hours=41, minutes=1)
    settled(client, last)  # nothing was settled before
    late = get(client, "/paper/equity", last)
    points = late["accounts"][0]["points"]
    at = [datetime.fromisoformat(point["at"]) for point in points]
    assert at == [MIDNIGHT, MIDNIGHT + 24 * HOUR, last]
    assert [datetime.fromisoformat(price["at"]) for price in late["prices"]] == at
    booked, running = 0.333 * 5 - 0.333 * 105 * 0.001 - 0.2, 0.667 * 10
    lost = -5 - 95 * 0.001
    assert [float(point["equity"]) for point in points] == pytest.approx(
        [1000 + booked + running, 1000 + booked + running + lost, 1000 + booked + running + lost]
    )
    assert get(client, "/paper/equity", MIDNIGHT + HOUR)["accounts"][0]["points"][0] == points[0]


@pytest.mark.parametrize("missed", [range(0), range(2, 5), range(1, 41)], ids=["none", "three hours", "all but the last"])
def test_whatever_settlements_are_missed_equity_is_the_same(client: TestClient, engine: Engine, missed: range) -> None:
    opened(client, stop=90, targets=[105, 115, 125])
    opened(client, "two", "ETHUSDT", stop=95)
    add_candles(engine, "BTCUSDT", PATH)
    add_candles(engine, "ETHUSDT", " | ".join(["100 100 100 100"] * 40 + ["100 100 94 96"] + ["96 96 96 96"] * 460))
    for hour in (number for number in range(1, 42) if number not in missed):
        settled(client, NOON + hour * HOUR)
    account = get(client, "/paper/equity", NOON + 41 * HOUR)["accounts"][0]
    assert [point["equity"] for point in account["points"]] == ["1003.005035"] * 3


def test_pair_without_any_close_stands_at_its_cost_and_is_named(client: TestClient) -> None:
    opened(client)
    report = get(client, "/paper/report", OPENED + HOUR)
    assert (report["accounts"][0]["equity"], report["accounts"][0]["unpriced"]) == ("999.9", ["BTCUSDT"])
    assert report["held"] == {**report["held"], "price": None, "change_pct": None, "return_pct": None}


def test_the_newest_close_counts_of_whichever_timeframe(client: TestClient, engine: Engine) -> None:
    opened(client)
    add_candles(engine, "BTCUSDT", "100 100 100 101")
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)
                    VALUES ('BTCUSDT', '1d', :at, 100, 130, 80, 120, 1, 'rest')"""),
            {"at": MIDNIGHT - 24 * HOUR},
        )
    quote(engine, 120, MIDNIGHT + HOUR, "BTCUSDT")
    assert float(get(client, "/paper/report", MIDNIGHT + HOUR)["accounts"][0]["equity"]) == pytest.approx(999.9 + 20)
    assert float(get(client, "/paper/report", MIDNIGHT - HOUR)["accounts"][0]["equity"]) == pytest.approx(999.9 + 1)


def test_account_of_before_is_shown_as_it_was(client: TestClient, engine: Engine) -> None:
    assert get(client, "/paper/report", OPENED - HOUR)["accounts"] == []
    opened(client, stop=90)
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 100 80 85")
    settled(client, NOON + HOUR)
    assert get(client, "/paper/report", OPENED)["accounts"][0]["equity"] == "999.9"
    assert get(client, "/paper/report", NOON + HOUR)["accounts"][0]["closed"] == 1


def test_equity_of_a_far_moment_asks_for_no_more_than_the_days_it_shows(client: TestClient, engine: Engine) -> None:
    opened(client, stop=50)
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 104 100 104")
    points = get(client, "/paper/equity", MIDNIGHT + 100 * 365 * 24 * HOUR, days=3)["accounts"][0]["points"]
    assert [float(point["equity"]) for point in points] == pytest.approx([999.9 + 4] * len(points))
    assert len(points) == 3
