"""What feeds bring is judged once, and what it says of coins and the market is a score and a reading."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.errors import RetryLater
from functions.factors.reading import MARKET, Factor
from functions.factors.store import newest_readings
from functions.sentiment.classifier.lexicon import LexiconRoom
from functions.sentiment.classifier.opinion import Closed, Opinion, Question, Room
from functions.sentiment.run import judging

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
AT = NOON.isoformat()


class ByWord:
    """A room that knows three words."""

    name = "embedding"

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        said = {
            "rises": Opinion(bearish=0.05, neutral=0.05, bullish=0.9, speaks=True),
            "falls": Opinion(bearish=0.9, neutral=0.05, bullish=0.05, speaks=True),
        }
        unsure = Opinion(bearish=0.3, neutral=0.4, bullish=0.3, speaks=False)
        return [next((opinion for word, opinion in said.items() if word in question.words), unsure) for question in questions]


class Away:
    """A room that is closed."""

    name = "embedding"

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        raise Closed("no wheel here")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Room:
    monkeypatch.setattr(judging, "rooms", lambda *_: [ByWord()])
    with engine.begin() as connection:
        for coin in ("BTC", "ETH"):
            connection.execute(
                text(
                    "INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind, "
                    "special_treatment, first_seen_at, last_seen_at) "
                    "VALUES (:pair, :coin, 'USDT', 'Trading', 0.1, 0.1, 5, '', false, now(), now())"
                ),
                {"pair": f"{coin}USDT", "coin": coin},
            )
    return ByWord()


def entry(number: int, title: str, feed: str = "News") -> dict[str, str]:
    return {
        "feed": feed,
        "guid": f"{feed}-{number}",
        "title": title,
        "link": f"https://{feed.lower()}.example/{number}",
        "published": (NOON - timedelta(minutes=number)).isoformat(),
    }


def keep(client: TestClient, *entries: dict[str, str], at: datetime = NOON) -> dict[str, Any]:
    answer = client.post("/sentiment/news", json={"as_of": at.isoformat(), "items": list(entries)})
    assert answer.status_code == 200, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


def scores(client: TestClient, at: datetime = NOON, **query: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = client.get("/sentiment/scores", params={"as_of": at.isoformat(), **query}).json()
    return {row["coin"]: row for row in rows}


def test_headlines_become_scores_and_readings(client: TestClient, engine: Engine, room: Room) -> None:
    kept = keep(client, entry(1, "Bitcoin rises again"), entry(2, "Ethereum falls once more", "Other"), entry(3, "Noon"))
    assert (kept["judged"], kept["readings"], kept["closed"]) == (5, 3, {})
    found = scores(client)
    assert found["BTC"]["value"] == pytest.approx(0.85)
    assert found["ETH"]["value"] == pytest.approx(-0.85)
    assert abs(found["MARKET"]["value"]) < 0.1
    assert found["MARKET"]["stories"] == 2  # an abstention is no reading
    assert list(scores(client, coin="ETH")) == ["ETH"]
    with engine.connect() as connection:
        rows = newest_readings(connection, ["BTCUSDT", "ETHUSDT", MARKET], NOON)
    assert {(row.symbol, row.factor, row.source) for row in rows} == {
        (symbol, Factor.SENTIMENT, "news") for symbol in ("BTCUSDT", "ETHUSDT", MARKET)
    }


def test_headline_is_judged_once(client: TestClient, room: Room) -> None:
    first = keep(client, entry(1, "Bitcoin rises again"))
    again = keep(client, entry(1, "Bitcoin rises again"))
    assert (first["judged"], again["judged"], again["readings"]) == (2, 0, 0)


def test_nothing_is_said_before_it_was_seen(client: TestClient, room: Room) -> None:
    keep(client, entry(1, "Bitcoin rises again"))
    assert scores(client, NOON - timedelta(seconds=1)) == {}


def test_story_of_another_feed_is_a_voice_and_counts_once(client: TestClient, room: Room) -> None:
    kept = keep(client, entry(1, "Bitcoin rises again"), entry(2, "Bitcoin rises again", "Other"))
    assert (kept["new"], kept["judged"]) == (1, 4)
    assert scores(client)["BTC"]["stories"] == 1


def test_shift_is_told_when_two_publishers_moved(client: TestClient, room: Room) -> None:
    early = NOON - timedelta(hours=5)
    feeds = ("News", "Other")
    keep(client, *(entry(301 + place, f"Bitcoin rises {feed}", feed) for place, feed in enumerate(feeds)), at=early)
    assert scores(client)["BTC"]["shift"] is None
    keep(client, *(entry(1, f"Why Bitcoin falls now says {feed}", feed) for feed in feeds))
    keep(client, *(entry(2, f"{feed}: a miner sells, Bitcoin falls", feed) for feed in feeds))
    assert scores(client)["BTC"]["shift"] < -0.3


def alerts(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT class, payload FROM alert WHERE kind = 'mood_shift' ORDER BY id"))
        return [{"class": row[0], **row[1]} for row in rows]


def test_shift_raises_one_alert_with_its_scores_and_none_again_for_hours(client: TestClient, engine: Engine, room: Room) -> None:
    feeds = ("News", "Other")
    early = NOON - timedelta(hours=5)
    keep(client, *(entry(301 + place, f"Bitcoin rises {feed}", feed) for place, feed in enumerate(feeds)), at=early)
    falls = [entry(number, f"{why} Bitcoin falls {feed}", feed) for number, why in ((1, "Today"), (2, "Why")) for feed in feeds]
    assert keep(client, *falls)["shifts"] == 2  # of Bitcoin, and of the market that it is all of
    (told,) = alerts(engine)
    assert (told["class"], told["at"], told["hours"]) == ("news", NOON.isoformat(), 4)
    by_coin = {shift["coin"]: shift for shift in told["shifts"]}
    assert by_coin.keys() == {"BTC", "MARKET"}
    assert by_coin["BTC"]["delta"] == pytest.approx(scores(client)["BTC"]["shift"])
    assert by_coin["BTC"]["movers"].keys() == set(feeds)
    assert keep(client, *falls)["shifts"] == 0
    later = NOON + timedelta(hours=1)
    assert keep(client, entry(-30, "More of it: Bitcoin falls"), at=later)["shifts"] == 0
    assert len(alerts(engine)) == 1


def test_alert_of_a_shift_is_written_with_its_scores_or_not_at_all(
    client: TestClient, engine: Engine, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = ("News", "Other")
    early = NOON - timedelta(hours=5)
    keep(client, *(entry(301 + place, f"Bitcoin rises {feed}", feed) for place, feed in enumerate(feeds)), at=early)

    def broken(*_: object) -> int:
        raise RetryLater("database_away", "gone")

    falls = [entry(number, f"{why} Bitcoin falls {feed}", feed) for number, why in ((1, "Today"), (2, "Why")) for feed in feeds]
    with monkeypatch.context() as patched:
        patched.setattr(judging, "tell_shifts", broken)
        assert client.post("/sentiment/news", json={"as_of": AT, "items": falls}).status_code == 503
    assert "ETH" not in scores(client)
    assert scores(client)["BTC"]["value"] > 0  # nothing of the batch was judged
    assert keep(client, *falls)["shifts"] == 2
    assert len(alerts(engine)) == 1


def test_closed_room_is_named_and_the_next_one_answers(client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "rooms", lambda *_: [Away(), LexiconRoom()])
    kept = keep(client, entry(1, "Bitcoin: a great success"))
    assert kept["closed"] == {"embedding": "no wheel here"}
    assert kept["judged"] == 2
    assert scores(client)["BTC"]["confidence"] < 0.2
