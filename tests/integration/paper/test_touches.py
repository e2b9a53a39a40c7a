"""A touch that the collector kept gives a fill its time, whether it is settled at once or an hour later."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.levels import store
from functions.levels.level import Direction, Touch
from tests.integration.paper.market import NOON, add_candles, book, opened, quote

FALLING, RISING = Direction.FALLING, Direction.RISING
LEVELS: dict[str, Any] = {"stop": 95, "targets": [105, 110, 115]}
QUIET = "100 101 99 100"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def touch(engine: Engine, level: str, seen: str, minutes: float, direction: Direction = FALLING, name: str = "BTCUSDT") -> None:
    with engine.begin() as connection:
        store.write_touches(connection, [Touch(name, Decimal(level), direction, at(minutes), Decimal(seen))], [])


def told_of_open_candle(engine: Engine, minutes: float, said: float, low: float = 99) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO forming_candle VALUES ('BTCUSDT', :open, 100, 101, :low, 100, :said)
                    ON CONFLICT (symbol) DO UPDATE SET (open_time, low, exchange_time) = (:open, :low, :said)"""),
            {"open": at(minutes), "low": low, "said": at(said)},
        )


def settled(client: TestClient, minutes: float, *names: str) -> list[tuple[str, str, float]]:
    """Settle, and return reason, price and minute of each fill."""
    body = {"as_of": at(minutes).isoformat(), **({"symbols": list(names)} if names else {})}
    fills = client.post("/paper/settle", json=body).raise_for_status().json()["fills"]
    return [(fill["reason"], fill["price"], (datetime.fromisoformat(fill["at"]) - NOON).total_seconds() / 60) for fill in fills]


STOPPED = [("stop", "95", 7.25)]


@pytest.mark.parametrize("how", ["at_once", "in_a_minute", "after_an_hour"])
def test_the_same_stop_fills_at_the_same_price_and_time_whenever_it_is_settled(
    client: TestClient, engine: Engine, how: str
) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    touch(engine, "95", "94.9", 7.25)
    if how == "after_an_hour":
        add_candles(engine, "BTCUSDT", f"100 101 80 99|{QUIET}", at(5))
        assert settled(client, 70) == STOPPED
    else:
        # The stream of candles has not told of that price yet, or only of what came after it.
        late = how == "in_a_minute"
        told_of_open_candle(engine, 5, 8.5 if late else 7, low=80 if late else 99)
        assert settled(client, 8.6 if late else 7.3) == STOPPED
    assert settled(client, 71) == []
    book(engine)


def test_without_a_touch_a_fill_has_the_time_of_its_candles_close(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", f"{QUIET}|100 101 80 99")
    touch(engine, "95", "94.9", 12)  # of another candle
    touch(engine, "95", "95.1", 7, RISING)  # of what waits there for a rise
    assert settled(client, 15) == [("stop", "95", 10.0)]


def test_targets_wait_for_their_candle_and_have_the_time_of_their_touch(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    add_candles(engine, "BTCUSDT", QUIET)
    touch(engine, "105", "105.2", 6, RISING)
    touch(engine, "110", "110", 8, RISING)
    told_of_open_candle(engine, 5, 8)
    assert settled(client, 8.1) == []
    add_candles(engine, "BTCUSDT", "100 111 99 104|104 104 99 99", at(5))
    touch(engine, "100", "99.9", 13.5)
    assert settled(client, 16) == [("target_1", "105", 6.0), ("target_2", "110", 8.0), ("break_even", "100", 13.5)]


@pytest.mark.parametrize("minutes", [3.1, 60])
def test_a_stop_in_the_candle_of_the_entry_is_met_though_its_close_does_not_show_it(
    client: TestClient, engine: Engine, minutes: float
) -> None:
    opened(client, **LEVELS)
    touch(engine, "95", "94", 1)  # before the entry
    touch(engine, "95", "94", 3)
    if minutes > 5:
        add_candles(engine, "BTCUSDT", f"100 101 80 99|{QUIET}")
    assert settled(client, minutes) == [("stop", "95", 3.0)]


def test_a_price_that_no_market_makes_meets_nothing(client: TestClient, engine: Engine) -> None:
    opened(client, **LEVELS)
    touch(engine, "95", "4", 3)
    add_candles(engine, "BTCUSDT", QUIET)
    touch(engine, "95", "4", 7)
    told_of_open_candle(engine, 5, 7.5)
    assert settled(client, 7.6) == []


def test_only_the_pairs_that_were_touched_are_settled(client: TestClient, engine: Engine) -> None:
    opened(client, "one", "BTCUSDT", **LEVELS)
    opened(client, "two", "ETHUSDT", **LEVELS)
    for name in ("BTCUSDT", "ETHUSDT"):
        add_candles(engine, name, f"{QUIET}|100 101 80 99")
    quote(engine, 99, at(10))
    assert [fill[0] for fill in settled(client, 10.1, "ETHUSDT", "ADAUSDT")] == ["stop"]
    assert [fill[0] for fill in settled(client, 10.2)] == ["stop"]
