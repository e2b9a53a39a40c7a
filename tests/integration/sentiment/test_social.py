"""What people look for, vote and write: a real Postgres, simulated sources; each may fail in any way and stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.reading import MARKET, Factor
from functions.factors.store import newest_readings
from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import Article, InThread, SourcesSim, Submission
from tests.sim.sources.lunarcrush import LunarCrush
from tests.sim.sources.posts import Posts
from tests.sim.sources.reddit import Reddit

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA")
ALL = {"trending", "votes", "lunarcrush", "reddit", "posts"}


@pytest.fixture
def sources(sources: SourcesSim) -> SourcesSim:
    sources.reddit.submissions = [
        Submission("Bitcoin rallies past resistance", "r1", "Bitcoin", (NOON - HOUR).timestamp()),
        Submission("Ethereum outage stops transfers", "r2", "CryptoCurrency", (NOON - HOUR).timestamp(), {"author": "[deleted]"}),
        Submission("Daily discussion", "r3", "Bitcoin", NOON.timestamp(), {"stickied": True}),
        Submission("Removed", "r4", "Bitcoin", NOON.timestamp(), {"removed_by_category": "moderator"}),
    ]
    sources.posts.rows = [{"id": "1765", "text": "$SOL breaks out, new high", "created_at": (NOON - HOUR).isoformat()}]
    return sources


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        feeds_url=sources.base("rss"),
        database_url=database,
        data_dir=tmp_path / "data",
        coingecko_url=sources.base("coingecko"),
        lunarcrush_url=sources.base("lunarcrush"),
        lunarcrush_key=LunarCrush.token,
        reddit_url=sources.base(""),
        reddit_oauth_url=sources.base(""),
        reddit_client_id=Reddit.client_id,
        reddit_client_secret=Reddit.client_secret,
        posts_url=sources.base("posts/search"),
        posts_key=Posts.token,
    )


@pytest.fixture(autouse=True)
def pairs(engine: Engine) -> None:
    with engine.begin() as connection:
        for coin in COINS:
            connection.execute(
                text(
                    "INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind, "
                    "special_treatment, first_seen_at, last_seen_at) "
                    "VALUES (:pair, :coin, 'USDT', 'Trading', 0.1, 0.1, 5, '', false, now(), now())"
                ),
                {"pair": f"{coin}USDT", "coin": coin},
            )


def refresh(client: TestClient, at: datetime = NOON) -> dict[str, Any]:
    answer = client.post("/sentiment/social/refresh", json={"as_of": at.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def get(client: TestClient, path: str, **query: Any) -> Any:
    return client.get(f"/sentiment{path}", params={"as_of": NOON.isoformat(), **query}).json()


def status(engine: Engine, source: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM source_status WHERE source = :source"), {"source": source}).one()


def test_every_source_ends_as_readings_or_headlines(client: TestClient, engine: Engine) -> None:
    read = refresh(client)
    assert (set(read["answered"]), read["unset"], read["errors"]) == (ALL, [], {})
    assert (read["news"]["new"], read["news"]["unusable"]) == (3, 0)  # neither the notice nor what was removed
    with engine.connect() as connection:
        rows = newest_readings(connection, [MARKET, *(f"{coin}USDT" for coin in COINS)], NOON)
    said = {(row.source, row.factor): row.confidence for row in rows if row.symbol in ("BTCUSDT", MARKET)}
    assert said[("trending", Factor.CONTEXT)] == 0
    assert said[("votes", Factor.SENTIMENT)] == 0.1
    assert 0.19 < said[("lunarcrush", Factor.SENTIMENT)] < 0.2
    assert {row.publishers for row in rows} == {1}
    assert len([row for row in rows if row.source == "votes"]) == 5  # without a key
    assert len([row for row in rows if row.source == "lunarcrush"]) == len(COINS)
    for name in ALL:
        assert (status(engine, name).successes, status(engine, name).errors) == (1, 0)
    assert status(engine, "reddit").lag_seconds == 3600
    assert refresh(client)["news"]["new"] == 0


def test_headlines_of_a_coin_say_what_was_judged_of_it_and_how_old_they_are(client: TestClient) -> None:
    refresh(client)
    (post,) = get(client, "/news", coin="BTC")
    assert (post["feed"], post["title"], post["age_seconds"]) == ("r/Bitcoin", "Bitcoin rallies past resistance", 3600)
    assert post["link"].startswith("https://www.reddit.com/r/Bitcoin/comments/r1/")
    assert post["room"] in ("embedding", "lexicon")
    assert get(client, "/news", coin="solusdt")[0]["link"] == "https://x.com/i/web/status/1765"
    assert get(client, "/news", coin="BTC", as_of=(NOON - timedelta(seconds=1)).isoformat()) == []
    assert len(get(client, "/news", coin="MARKET")) == 3
    assert get(client, "/news", coin="\x00") == []


def test_mood_has_a_history_as_known_at_each_hour(client: TestClient) -> None:
    refresh(client)
    refresh(client, NOON + 3 * HOUR)
    later = (NOON + 4 * HOUR).isoformat()
    history = {one["source"]: one["points"] for one in get(client, "/history", coin="BTC", hours=6, as_of=later)}
    assert [point["at"] for point in history["votes"]] == [f"2024-03-05T{hour}:00:00Z" for hour in range(12, 17)]
    assert get(client, "/history", coin="BTC", hours=6, as_of=(NOON - HOUR).isoformat()) == []
    assert {one["source"] for one in get(client, "/mood")["readings"]} == {"trending"}


def test_source_without_its_key_is_named_and_not_asked(
    database: str, tmp_path: Path, engine: Engine, sources: SourcesSim, world: InThread
) -> None:
    from functions.sentiment.run.social import refresh_social
    from functions.sentiment.scores.statement import MoodRules

    keyless = make_settings(database_url=database, data_dir=tmp_path, coingecko_url=sources.base("coingecko"))
    read = refresh_social(keyless, engine, NOON, MoodRules())
    assert (set(read.answered), read.unset) == ({"trending", "votes"}, ["lunarcrush", "reddit", "posts"])
    assert {str(one["path"]).split("/")[1] for one in sources.journal.entries("call")} == {"coingecko"}


FAULTS: list[tuple[str, dict[str, object], tuple[str, ...]]] = [
    ("src_status", {"status": 401}, ("refuses with 401",)),
    ("src_status", {"status": 403}, ("refuses with 403",)),
    ("src_status", {"status": 429, "retry_after": "600"}, ("(429)",)),
    ("src_status", {"status": 503, "retry_after": "600"}, ("answered 503",)),
    ("src_garbage", {}, ("something else than",)),
    ("src_hang", {}, ("does not answer",)),
]


@pytest.mark.parametrize(
    ("failing", "path"),
    [
        ("trending", "/coingecko/search/*"),
        ("votes", "/coingecko/coins/*"),
        ("lunarcrush", "/lunarcrush/*"),
        ("reddit", "/r/*"),
        ("reddit", "/api/v1/*"),
        ("posts", "/posts/*"),
    ],
)
def test_source_that_fails_in_any_way_is_named_and_stops_no_other(
    client: TestClient,
    engine: Engine,
    sources: SourcesSim,
    world: InThread,
    impatient: Callable[[str], None],
    failing: str,
    path: str,
) -> None:
    for number, (fault, options, words) in enumerate(FAULTS, 1):
        world.do(sources.faults.clear)
        impatient(fault)
        world.do(lambda fault=fault, options=options: sources.fault(fault, match=path, **options))  # type: ignore[misc]
        read = refresh(client, NOON + number * timedelta(minutes=1))
        assert set(read["answered"]) == ALL - {failing}, fault
        assert list(read["errors"]) == [failing]
        assert any(word in read["errors"][failing] for word in words), (fault, read["errors"])
        row = status(engine, failing)
        assert (row.errors, row.successes) == (number, 0)
        assert row.last_error == read["errors"][failing]
    world.do(sources.faults.clear)
    assert set(refresh(client, NOON + HOUR)["answered"]) == ALL
    assert status(engine, failing).successes == 1


def test_answers_of_another_form_are_failures(client: TestClient, sources: SourcesSim) -> None:
    sources.lunarcrush.rows = [{"symbol": "BTC", "mood": 70}]
    sources.coingecko.votes = dict.fromkeys(("bitcoin", "ethereum", "solana", "ripple", "dogecoin", "cardano"))
    sources.posts.document = {"tweets": []}
    sources.reddit.listing = {"posts": [1]}
    errors = refresh(client)["errors"]
    assert errors.keys() == {"lunarcrush", "votes", "posts", "reddit"}
    assert "expected coins with a sentiment" in errors["lunarcrush"]
    assert "expected votes" in errors["votes"]
    assert "expected a list of posts at data" in errors["posts"]
    assert "something else than a listing" in errors["reddit"]


def test_posts_that_cannot_be_read_at_all_are_a_failure_and_none_is_no_failure(client: TestClient, sources: SourcesSim) -> None:
    sources.posts.rows = [{"uid": 1, "body": "words"}, {"uid": 2, "body": "words"}]
    assert refresh(client)["errors"] == {"posts": "none of its 2 entries can be read"}
    sources.posts.rows = []
    assert refresh(client)["errors"] == {}


def test_votes_that_end_half_way_are_kept_and_named(
    client: TestClient, engine: Engine, sources: SourcesSim, world: InThread
) -> None:
    world.do(lambda: sources.fault("src_status", match="/coingecko/coins/solana", status=429, retry_after="60"))
    assert refresh(client)["errors"] == {"votes": "votes asks for fewer requests (429): 2 of 5 coins"}
    with engine.connect() as connection:
        assert [row.source for row in newest_readings(connection, ["ETHUSDT"], NOON) if row.source == "votes"] == ["votes"]


def read_feed(client: TestClient, url: str, error: str = "") -> dict[str, Any]:
    body = {"feed": "Paper", "url": url, "error": error, "as_of": NOON.isoformat()}
    answer = client.post("/sentiment/feeds", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_feed_that_n8n_cannot_read_is_read_here(client: TestClient, engine: Engine, sources: SourcesSim, world: InThread) -> None:
    sources.feeds["paper"] = [Article("Bitcoin falls & recovers", "https://paper.example/1", "p1", NOON - HOUR)]
    assert read_feed(client, f"{sources.base('rss')}/paper", "Feed not recognized")["new"] == 1
    assert get(client, "/news")[0]["title"] == "Bitcoin falls & recovers"
    assert (status(engine, "rss Paper").successes, status(engine, "rss Paper").lag_seconds) == (1, 3600)
    agents = [str(one["headers"]["user-agent"]) for one in sources.journal.entries("call")]  # type: ignore[index]
    assert agents[-1].startswith("Mozilla/5.0")


@pytest.mark.parametrize(("fault", "options", "words"), FAULTS, ids=lambda value: str(value) if isinstance(value, str) else "")
def test_feed_that_nobody_can_read_is_named_with_both_errors(
    client: TestClient,
    engine: Engine,
    sources: SourcesSim,
    world: InThread,
    impatient: Callable[[str], None],
    fault: str,
    options: dict[str, object],
    words: tuple[str, ...],
) -> None:
    sources.feeds["paper"] = [Article("Bitcoin falls", "https://paper.example/1", "p1", NOON - HOUR)]
    impatient(fault)
    world.do(lambda: sources.fault(fault, match="/rss/*", **options))
    error = read_feed(client, f"{sources.base('rss')}/paper", "Feed not recognized")["failed"]["Paper"]
    assert error.startswith("Feed not recognized; ")
    assert any(word in error for word in (*words, "no feed with entries"))
    assert status(engine, "rss Paper").last_error == error


def test_what_is_no_address_is_asked_of_nobody(client: TestClient) -> None:
    assert read_feed(client, "file:///etc/passwd")["failed"] == {"Paper": "no address of a feed"}
