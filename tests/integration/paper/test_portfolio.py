"""What the account shows: open trades at the latest prices, closed ones, the day."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.integration.paper.market import NOON, OPENED, add_candles, opened, quote, settled

LATER = OPENED + timedelta(minutes=1)


def test_before_the_first_trade(client: TestClient) -> None:
    answer = client.get("/paper/portfolio").raise_for_status().json()
    assert answer["account"] == {
        "start": "1000",
        "cash": "1000",
        "positions": "0",
        "unrealised": "0",
        "equity": "1000",
        "fees": "0",
        "net_profit": "0",
        "return_pct": 0.0,
        "stale": [],
    }
    assert (answer["open"], answer["closed"], answer["closed_count"], answer["win_rate"]) == ([], [], 0, None)
    assert client.get("/paper/summary").json()["opened_today"] == 0


def test_open_trades_stand_at_the_latest_price(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95, targets=[105, 110, 115])
    quote(engine, 104, LATER)
    answer = client.get("/paper/portfolio", params={"as_of": (LATER + timedelta(seconds=20)).isoformat()}).json()
    assert answer["open"] == [
        {
            "trade_id": 1,
            "symbol": "BTCUSDT",
            "side": "long",
            "source": "manual",
            "opened_at": "2024-03-05T12:02:00Z",
            "entry": "100",
            "quantity": "1",
            "cost": "100",
            "stop": "95",
            "targets": ["105", "110", "115"],
            "price": "104",
            "price_age_seconds": 20.0,
            "stale": False,
            "held_at": None,
            "unseen": 0,
            "unrealised": "4",
            "unrealised_pct": 4.0,
        }
    ]
    account = answer["account"]
    assert (account["cash"], account["positions"], account["unrealised"], account["equity"]) == ("899.9", "100", "4", "1003.9")
    assert (account["net_profit"], account["return_pct"], account["stale"]) == ("-0.1", 0.39, [])


def test_stale_price_is_marked(client: TestClient) -> None:
    opened(client)
    answer = client.get("/paper/portfolio", params={"as_of": (OPENED + timedelta(minutes=5)).isoformat()}).json()
    assert (answer["open"][0]["stale"], answer["open"][0]["price_age_seconds"]) == (True, 300.0)
    assert answer["account"]["stale"] == ["BTCUSDT"]


def test_closed_trades_and_win_rate(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95, targets=[105, 110, 115])
    opened(client, "two", "ETHUSDT", stop=95)
    opened(client, "three", "SOLUSDT", stop=90, targets=[100.1])
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 116 99 115")
    add_candles(engine, "ETHUSDT", "100 100 100 100 | 100 101 94 95")
    # 0.1% gained and 0.2% paid in fees: a target reached is not a win.
    add_candles(engine, "SOLUSDT", "100 100 100 100 | 100 101 99 100")
    settled(client, NOON + timedelta(minutes=10))
    answer = client.get("/paper/portfolio", params={"as_of": (NOON + timedelta(minutes=10)).isoformat()}).json()
    shown = [(trade["symbol"], trade["reason"], trade["exit"], trade["profit"], trade["r"]) for trade in answer["closed"]]
    assert sorted(shown) == [
        ("BTCUSDT", "target_3", "110.005", "9.794995", 1.959),
        ("ETHUSDT", "stop", "95", "-5.195", -1.039),
        ("SOLUSDT", "target_1", "100.1", "-0.1001", -0.01),
    ]
    assert (answer["closed_count"], answer["wins"], answer["win_rate"]) == (3, 1, 0.3333)
    account = answer["account"]
    assert account["equity"] == account["cash"] == "1004.499895"
    assert account["net_profit"] == "4.499895"


@pytest.mark.parametrize("page", ["portfolio", "summary"])
def test_moment_that_the_account_has_moved_on_from_is_refused(client: TestClient, page: str) -> None:
    opened(client)
    answer = client.get(f"/paper/{page}", params={"as_of": (OPENED - timedelta(seconds=1)).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (422, "past_not_kept")
    client.get(f"/paper/{page}", params={"as_of": OPENED.isoformat()}).raise_for_status()


def test_digest_of_a_moment_that_the_account_has_moved_on_from_leaves_it_out(client: TestClient) -> None:
    opened(client)
    earlier = (OPENED - timedelta(hours=1)).isoformat()
    digest = client.post("/digest/run", json={"as_of": earlier}).raise_for_status().json()["digest"]
    assert digest["paper"] is None
    assert "paper_past" in [gap["code"] for gap in digest["missing"]]


def test_start_of_the_day_is_known_after_an_outage_from_fills_and_candles(client: TestClient, engine: Engine) -> None:
    opened(client, stop=50)
    opened(client, "two", "ETHUSDT")
    night = (NOON + timedelta(hours=12)).replace(hour=0)
    add_candles(engine, "BTCUSDT", " | ".join(["100 110 90 110"] * 144 + ["110 130 100 130"]))
    with engine.begin() as connection:  # a pair that is not watched has daily candles alone
        row = {"at": night - timedelta(days=1)}
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)
                    VALUES ('ETHUSDT', '1d', :at, 100, 100, 80, 90, 1, 'rest')"""),
            row,
        )
    late = night + timedelta(hours=9)
    quote(engine, 120, late, "BTCUSDT")
    quote(engine, 95, late, "ETHUSDT")
    answer = client.get("/paper/summary", params={"as_of": late.isoformat()}).raise_for_status().json()
    assert (answer["day_start_equity"], answer["account"]["equity"]) == ("999.8", "1014.8")


def test_summary_of_the_day(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95)
    opened(client, "two", "ETHUSDT", stop=95)
    settled(client, OPENED)
    night = (NOON + timedelta(hours=12)).replace(hour=0)
    quiet = " | ".join(["100 100 100 100"] * 145)
    add_candles(engine, "BTCUSDT", f"{quiet} | 100 100 94 95")
    add_candles(engine, "ETHUSDT", f"{quiet} | 100 100 100 100")
    quote(engine, 110, night + timedelta(minutes=10), "ETHUSDT")
    at = night + timedelta(minutes=10)
    assert [fill["reason"] for fill in settled(client, at)["fills"]] == ["stop"]
    answer = client.get("/paper/summary", params={"as_of": at.isoformat()}).raise_for_status().json()
    assert (answer["opened_today"], answer["wins_today"], len(answer["closed"])) == (0, 0, 1)
    assert (answer["profit_today"], answer["fees_today"]) == ("-5.095", "0.095")
    assert answer["account"]["equity"] == "1004.705"
    assert (answer["day_start_equity"], answer["day_change_pct"]) == ("999.8", 0.4906)
    assert [trade["symbol"] for trade in answer["open"]] == ["ETHUSDT"]


@pytest.mark.parametrize("path", ["portfolio", "summary"])
def test_unknown_account_is_refused_and_another_one_stands_for_itself(client: TestClient, path: str) -> None:
    opened(client)
    answer = client.get(f"/paper/{path}", params={"account": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account")
    as_of = {"as_of": OPENED.isoformat()}
    desk = client.get(f"/paper/{path}", params={"account": "desk", **as_of}).raise_for_status().json()
    manual = client.get(f"/paper/{path}", params=as_of).raise_for_status().json()
    assert (desk["open"], [trade["symbol"] for trade in manual["open"]]) == ([], ["BTCUSDT"])
    assert (desk["account"]["cash"], manual["account"]["cash"]) == ("1000", "899.9")
