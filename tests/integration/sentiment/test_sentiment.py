"""`/sentiment/...` on a real Postgres and simulated sources."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.outgoing import note_failure, note_success
from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, SourcesSim

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
AT = NOON.isoformat()


@pytest.fixture
def settings(database: str, tmp_path: Path, sources: SourcesSim, world: InThread) -> Settings:
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        fear_greed_url=sources.base("fng"),
        coingecko_url=sources.base("coingecko"),
        coingecko_key="a-demo-key",
    )


def post(client: TestClient, path: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"/sentiment{path}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def entry(number: int = 1, **changes: str) -> dict[str, str]:
    return {
        "feed": "News",
        "guid": f"id-{number}",
        "title": f"Story number {number}",
        "link": f"https://news.example/{number}",
        "published": (NOON - timedelta(hours=number)).isoformat(),
        "summary": "",
        **changes,
    }


def status(engine: Engine, source: str) -> Any:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM source_status WHERE source = :source"), {"source": source})
        return found.one()


def test_mood_is_read_from_both_sources_and_kept_once(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    first = post(client, "/mood/refresh", as_of=AT)
    assert first["errors"] == {}
    assert {one["source"]: one["evidence"]["by"] for one in first["readings"]} == {
        "fear_greed": "alternative.me",
        "dominance": "CoinGecko",
    }
    assert all(not one["stale"] for one in first["readings"])
    assert post(client, "/mood/refresh", as_of=AT)["readings"] == first["readings"]
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM factor_reading")) == 2
    assert status(engine, "fear_greed").successes == 2
    asked: list[Any] = [one["headers"] for one in sources.journal.entries("call") if one["path"] == "/coingecko/global"]
    assert [headers["x-cg-demo-api-key"] for headers in asked] == ["a-demo-key"] * 2


def test_source_that_is_down_stops_no_other_and_is_named(
    client: TestClient, engine: Engine, sources: SourcesSim, world: InThread
) -> None:
    world.do(lambda: sources.fault("src_status", match="/coingecko/*", status=403))
    answer = post(client, "/mood/refresh", as_of=AT)
    assert [one["source"] for one in answer["readings"]] == ["fear_greed"]
    assert answer["errors"] == {"dominance": "dominance refuses with 403"}
    row = status(engine, "dominance")
    assert (row.errors, row.last_error, row.last_success_at) == (1, "dominance refuses with 403", None)


def test_status_row_keeps_the_last_success_beside_the_last_error(
    client: TestClient, engine: Engine, sources: SourcesSim, world: InThread
) -> None:
    post(client, "/mood/refresh", as_of=AT)
    world.do(lambda: sources.fault("src_garbage", match="/fng/*"))
    post(client, "/mood/refresh", as_of=AT)
    row = status(engine, "fear_greed")
    assert (row.successes, row.errors, row.lag_seconds) == (1, 1, 12 * 3600)
    assert row.last_success_at
    assert row.last_error == "fear_greed answered something else than JSON"


def test_reading_from_the_future_is_refused_and_named(client: TestClient, engine: Engine) -> None:
    early = (NOON - timedelta(hours=1)).isoformat()
    answer = post(client, "/mood/refresh", as_of=early)
    assert answer["errors"] == {"dominance": "reading refused: it is about a moment in the future"}
    assert [reading["source"] for reading in answer["readings"]] == ["fear_greed"]
    assert status(engine, "dominance").errors == 1


def test_row_of_a_source_counts_and_keeps_the_head_of_a_long_error(engine: Engine) -> None:
    with engine.begin() as connection:
        note_failure(connection, "somewhere", NOON, "x" * 400)
        note_failure(connection, "somewhere", NOON, "y" * 400)
        note_success(connection, "somewhere", NOON, timedelta(seconds=7))
        note_success(connection, "somewhere", NOON)
    row = status(engine, "somewhere")
    assert (row.errors, row.successes, row.last_error, row.lag_seconds) == (2, 2, "y" * 300, 7)


def test_reading_grows_stale(client: TestClient) -> None:
    post(client, "/mood/refresh", as_of=AT)
    later = (NOON + timedelta(hours=4)).isoformat()
    found = {one["source"]: one["stale"] for one in client.get("/sentiment/mood", params={"as_of": later}).json()["readings"]}
    assert found == {"fear_greed": False, "dominance": True}


def test_nothing_is_known_before_it_was_seen(client: TestClient) -> None:
    post(client, "/mood/refresh", as_of=AT)
    post(client, "/news", as_of=AT, items=[entry()])
    before = {"as_of": (NOON - timedelta(seconds=1)).isoformat()}
    assert client.get("/sentiment/mood", params=before).json()["readings"] == []
    assert client.get("/sentiment/news", params=before).json() == []
    assert len(client.get("/sentiment/news", params={"as_of": AT}).json()) == 1


def test_headlines_are_kept_once_however_often_and_from_whatever_feed_they_come(client: TestClient) -> None:
    batch = [entry(1), entry(2), entry(3, feed="Other", title="STORY number 1!"), entry(4, title=" ")]
    kept = post(client, "/news", as_of=AT, items=batch)
    assert {"new": 2, "known": 1, "unusable": 1, "failed": {}}.items() <= kept.items()
    assert post(client, "/news", as_of=AT, items=batch)["new"] == 0
    found = client.get("/sentiment/news", params={"as_of": AT}).json()
    assert [one["title"] for one in found] == ["Story number 1", "Story number 2"]


def test_title_that_comes_again_after_days_is_another_story(client: TestClient) -> None:
    post(client, "/news", as_of=AT, items=[entry(1)])
    later = (NOON + timedelta(days=4)).isoformat()
    assert post(client, "/news", as_of=later, items=[entry(9, title="Story number 1")])["new"] == 1


def kept(client: TestClient, *entries: dict[str, Any], days: int = 0) -> int:
    """Return how many of some entries are new, read some days later."""
    return int(post(client, "/news", as_of=(NOON + timedelta(days=days)).isoformat(), items=list(entries))["new"])


def test_entries_whose_addresses_differ_in_the_query_are_different(client: TestClient) -> None:
    names = ("AAA", "BBB", "CCC")
    videos = [
        {
            "feed": "Videos",
            "title": f"Video {name}",
            "link": f"https://www.youtube.com/watch?v={name}&utm_source=rss",
            "published": AT,
        }
        for name in names
    ]
    assert kept(client, *videos) == 3
    assert kept(client, *[{**video, "link": video["link"].replace("=rss", "=mail")} for video in videos]) == 0


def test_guid_belongs_to_its_feed(client: TestClient) -> None:
    assert kept(client, entry(1, guid="1001"), entry(2, guid="1001", feed="Other")) == 2


@pytest.mark.parametrize("guid", ["N/A", "https://news.example/", "0", ""])
def test_guid_that_a_feed_gives_to_all_entries_hides_none(client: TestClient, guid: str) -> None:
    assert kept(client, entry(1, guid=guid), entry(2, guid=guid)) == 2
    assert kept(client, entry(2, guid=guid), entry(3, guid=guid)) == 1
    assert kept(client, entry(3, guid=guid)) == 0


def test_feed_that_gives_one_guid_and_one_address_shows_each_title_once(client: TestClient) -> None:
    entries = [entry(number, guid="N/A", link="https://news.example/") for number in (1, 2, 3)]
    assert [kept(client, *entries), kept(client, *entries), kept(client, entries[2])] == [3, 0, 0]


@pytest.mark.parametrize("guid", ["https://c.example/{day}", "N/A"])
def test_column_with_one_title_is_kept_each_day(client: TestClient, guid: str) -> None:
    def column(day: int) -> dict[str, str]:
        published = (NOON + timedelta(days=day)).isoformat()
        return entry(
            feed="Column", title="Today", guid=guid.format(day=day), link=f"https://c.example/{day}", published=published
        )

    assert [kept(client, column(day), column(day), days=day) for day in range(5)] == [1] * 5


def test_column_of_one_feed_is_no_story_of_another(client: TestClient) -> None:
    assert kept(client, entry(1)) == 1
    assert kept(client, entry(1, feed="Other"), days=2) == 0
    assert kept(client, entry(1, feed="Other"), days=4) == 1


def test_entry_whose_address_moves_or_carries_a_token_is_known_by_its_guid(client: TestClient) -> None:
    first = entry(1, guid="post-1", link="https://news.example/a?token=1")
    moved = ("https://news.example/a?token=2", "https://news.example/b", "https://cdn.example/a")
    assert kept(client, first) == 1
    assert [kept(client, {**first, "link": link}) for link in moved] == [0, 0, 0]
    assert kept(client, {**first, "title": "A headline that was corrected"}) == 0


def test_entry_that_gets_another_guid_each_time_is_known_by_its_address_and_words(client: TestClient) -> None:
    assert [kept(client, entry(1, guid=f"now-{hour}")) for hour in range(3)] == [1, 0, 0]
    assert [kept(client, entry(2, guid=f"now-{hour}", published="")) for hour in range(3)] == [1, 0, 0]


def test_headline_kept_before_its_guid_was_is_known(client: TestClient, engine: Engine) -> None:
    assert kept(client, entry(1)) == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE news_item SET key = 'another', guid_key = ''"))
    assert kept(client, entry(1)) == 0


@pytest.mark.parametrize(
    ("odd", "unusable"),
    [
        ({"summary": "x" * 499 + "\ud83d"}, 0),
        ({"title": "Half \ude80"}, 0),
        ({"title": "x" * 20_001}, 0),
        ({"title": "NUL \x00 and \x1b"}, 0),
        ({"feed": "f" * 500}, 0),
        ({"published": None, "summary": None, "guid": None}, 0),
        ({"published": 1709636400, "guid": 1001}, 0),
        ({"title": {"_": "Of an element", "$": {"type": "html"}}}, 0),
        ({"link": "https://news.example/" + "x" * 2000}, 1),
        ({"title": None}, 1),
        ({"title": ["a"]}, 1),
        ({"link": "https://[broken"}, 1),
        ({"link": {"href": "https://news.example/"}}, 1),
        ({"of": "another version"}, 0),
    ],
)
def test_odd_entry_stops_no_other(client: TestClient, odd: dict[str, Any], unusable: int) -> None:
    body = json.dumps({"as_of": AT, "items": [entry(1), {**entry(2), **odd}, entry(3)]})  # halves as JavaScript writes them
    answer = client.post("/sentiment/news", content=body, headers={"Content-Type": "application/json"})
    assert {"new": 3 - unusable, "known": 0, "unusable": unusable, "failed": {}}.items() <= answer.json().items()
    assert len(client.get("/sentiment/news", params={"as_of": AT}).json()) == 3 - unusable


def test_what_is_no_entry_is_counted(client: TestClient) -> None:
    answer = post(client, "/news", as_of=AT, items=[None, 7, "text", [], {}, entry(1)])
    assert (answer["new"], answer["unusable"]) == (1, 5)


def test_archive_of_a_feed_is_taken_in_full(client: TestClient) -> None:
    archive = [entry(1, guid=f"b{number}", title=f"Story {number}", link=f"https://b.example/{number}") for number in range(1500)]
    assert kept(client, *archive, entry(1, feed="Good", title="Another")) == 1501


def test_error_of_a_feed_is_made_whole(client: TestClient) -> None:
    body = json.dumps(
        {"as_of": AT, "items": [{"feed": "Broken\ud83d", "error": "bad \ude80\x00 gateway" + "x" * 9000}, entry(1)]}
    )
    answer = client.post("/sentiment/news", content=body, headers={"Content-Type": "application/json"}).json()
    assert answer["new"] == 1
    assert answer["failed"]["Broken"].startswith("bad gatewayxxx")
    assert len(answer["failed"]["Broken"]) == 300


def test_feed_that_cannot_be_read_is_noted_beside_those_that_can(client: TestClient, engine: Engine) -> None:
    broken = {"feed": "Broken", "error": "getaddrinfo ENOTFOUND"}
    assert post(client, "/news", as_of=AT, items=[entry(), broken])["failed"] == {"Broken": "getaddrinfo ENOTFOUND"}
    assert status(engine, "rss Broken").errors == 1
    assert status(engine, "rss News").lag_seconds == 3600


def test_news_and_mood_stand_in_the_digest(client: TestClient) -> None:
    post(client, "/mood/refresh", as_of=AT)
    post(client, "/news", as_of=AT, items=[entry(number) for number in range(1, 8)])
    digest = client.post("/digest/run", json={"as_of": AT}).json()["digest"]
    assert digest["market"]["fear_greed"]["source"] == "alternative.me"
    assert 50 <= digest["market"]["btc_dominance"]["value"] <= 60
    assert [one["title"] for one in digest["headlines"]] == [f"Story number {number}" for number in range(1, 6)]
    assert not {"fear_greed_none", "dominance_none", "news_none"} & {one["code"] for one in digest["missing"]}
