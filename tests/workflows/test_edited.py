"""Workflows as a person edits them by docs/n8n.md, at work in the real n8n; their clocks strike each second here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.connect import engine_for
from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from n8n.workflows import Json
from tests.desk import until
from tests.integration.days import list_pairs
from tests.integration.dips.conftest import COINS, DAYS, EVENING, add_days
from tests.integration.paper.market import quote
from tests.places import place
from tests.sim import Article, InThread, SourcesSim, TelegramSim
from tests.workflows.world import CHAT, FunctionsServer

pytestmark = [pytest.mark.n8n, pytest.mark.slow]
EACH_SECOND = {"rule": {"interval": [{"field": "cronExpression", "expression": "* * * * * *"}]}}
SELDOM = {"rule": {"interval": [{"field": "cronExpression", "expression": "*/30 * * * * *"}]}}  # of what takes n8n seconds
Edit = Callable[..., None]


@pytest.fixture
def engine(n8n_settings: Settings) -> Iterator[Engine]:
    """Connections; no feed has been read before."""
    engine = engine_for(n8n_settings.database("functions"), application="test")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM source_status WHERE source LIKE 'rss %'"))
        connection.execute(text("DELETE FROM news_item"))
    yield engine
    engine.dispose()


@pytest.fixture
def sources() -> SourcesSim:
    return SourcesSim()


@pytest.fixture
def edit(n8n: Rest, n8n_settings: Settings, sources: SourcesSim) -> Iterator[Edit]:
    """Return what edits a workflow of the running n8n, publishes it, and has its clock strike each second."""
    with InThread(sources):
        functions = n8n_settings.model_copy(update={"feeds_url": sources.base("rss")})
        with alone(n8n, n8n_settings, "read-news", "send-digest") as change, InThread(FunctionsServer(functions)):
            yield change


@contextmanager
def alone(n8n: Rest, settings: Settings, *names: str) -> Iterator[Edit]:
    """Let no clocks strike but those of a few workflows and of what delivers; yields what edits and publishes one of them."""

    def change(name: str, by: Callable[[Json], None] = lambda _: None, *, often: bool = True) -> None:
        workflow = n8n.workflow(name)
        by(workflow)
        named(workflow, "scheduleTrigger")["parameters"] = EACH_SECOND if often else SELDOM
        version = n8n.update({key: workflow[key] for key in ("id", "nodes", "connections", "settings", "meta")})["versionId"]
        n8n.publish(name, version)

    for name in workflows.load().keys() - {"report-failed-run", "deliver-alerts"}:  # those of `names` until they are edited
        n8n.unpublish(name)
    yield change
    for name in names:
        n8n.unpublish(name)
    deploy_to(n8n, settings, workflows.load(), overwrite=workflows.load().keys())


def named(workflow: Json, what: str) -> Json:
    """Return a node by its name or the end of its type."""
    found: Json = next(node for node in workflow["nodes"] if what in (node["name"], node["type"].rpartition(".")[2]))
    return found


def rows(engine: Engine, statement: str, **values: object) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def test_added_feed_is_read_and_one_that_is_gone_stops_no_other(edit: Edit, engine: Engine, sources: SourcesSim) -> None:
    published = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    story = "<b>ETF</b> &amp; miners: what's next?"
    sources.feeds["mine"] = [Article(story, "https://news.example/etf?utm_source=rss", "etf-1", published, "<p>Short.</p>")]

    def add_a_feed(workflow: Json) -> None:
        fields = named(workflow, "The feeds")["parameters"]["assignments"]["assignments"]
        for field in fields:
            field["value"] = f"{sources.base('rss')}/gone"
        fields.append({"id": "mine", "name": "My.feed", "value": f"{sources.base('rss')}/mine", "type": "string"})
        fields.append({"id": "rough", "name": "Rough", "value": f"{sources.base('rss')}/rough", "type": "string"})
        fields.append({"id": "leads", "name": "Leads", "value": feed_that_leads_inside, "type": "string"})

    # No well-formed XML: n8n's node refuses it, and the functions read it.
    sources.pages["rough"] = (
        b"<rss version='2.0'><channel><title>Rough &nbsp; & ready</title><item><title>Miners sell & hold</title>"
        b"<link>https://rough.example/1?a=1&b=2</link><guid>r1</guid></item></channel>"
    )
    with place(host="127.0.0.2") as inside, place(f"{inside.url}/secret") as leads:
        feed_that_leads_inside = leads.url
        edit("read-news", add_a_feed)
        refused = "SELECT last_error FROM source_status WHERE source = 'rss Leads'"
        until(lambda: rows(engine, refused), "the feed that leads inside is noted", 30)
        assert rows(engine, refused)[0][0].endswith("an address of your own network belongs in the settings")
        assert "/" in leads.asked  # n8n was there
        assert inside.asked == []
    kept = "SELECT feed, title, summary, published_at FROM news_item WHERE feed = 'My.feed'"
    until(lambda: rows(engine, kept), "the headline is kept", 30)
    assert rows(engine, kept) == [("My.feed", "ETF & miners: what's next?", "Short.", published)]
    failed = "SELECT source FROM source_status WHERE source LIKE 'rss %' AND errors > 0 ORDER BY 1"
    until(lambda: len(rows(engine, failed)) == 4, "the feeds that are gone are noted", 30)
    assert [row[0] for row in rows(engine, failed)] == ["rss CoinDesk", "rss Cointelegraph", "rss Decrypt", "rss Leads"]
    until(lambda: rows(engine, "SELECT title FROM news_item WHERE feed = 'Rough'"), "the rough feed is read otherwise", 30)
    succeeded = "SELECT successes FROM source_status WHERE source = 'rss My.feed'"
    until(lambda: rows(engine, succeeded)[0][0] >= 2, "it is read again", 30)
    assert len(rows(engine, kept)) == 1


def atom(published: datetime) -> bytes:
    """Return an Atom feed: ids and no guids, addresses that differ in the query."""
    entries = "".join(
        f"<entry><id>video:{name}</id><title>Video {name}</title><published>{published.isoformat()}</published>"
        f"<link rel='alternate' href='https://video.example/watch?v={name}'/></entry>"
        for name in ("AAA", "BBB", "CCC")
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Videos</title>{entries}</feed>'.encode()


def with_attributes(published: datetime) -> bytes:
    """Return an Atom feed whose elements have attributes: n8n reads such an element as an object, with its text beside them."""
    stories = (("AAA", ">Story AAA</title>"), ("BBB", ">Story BBB</title>"), ("untitled", "/>"))
    entries = "".join(
        f"<entry><id scheme='tag'>{name}</id><title type='html'{title}<published>{published.isoformat()}</published>"
        "<link href='https://news.example/all'/></entry>"
        for name, title in stories
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entries}</feed>'.encode()


def test_feeds_of_every_form_are_read_and_none_keeps_another_from_it(edit: Edit, engine: Engine, sources: SourcesSim) -> None:
    published = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)

    def article(name: str, title: str = "Story", description: str = "") -> Article:
        return Article(f"{title} {name}", f"https://news.example/{name}", name, published, description)

    halved = "x" * 499 + "\U0001f680 to the moon"  # the workflow cuts in the middle of what JavaScript takes for two characters
    sources.feeds["emoji"] = [article("emoji", description=halved)]
    sources.feeds["long"] = [article("long", title="t" * 30_000)]
    sources.feeds["archive"] = [article(f"archive-{number}") for number in range(1200)]
    sources.feeds["good"] = [article("good")]
    sources.pages["videos"] = atom(published)
    sources.pages["attributes"] = with_attributes(published)

    def read_them(workflow: Json) -> None:
        fields = named(workflow, "The feeds")["parameters"]["assignments"]["assignments"]
        names = ("emoji", "long", "archive", "videos", "attributes", "good")
        fields[:] = [{"id": name, "name": name, "value": f"{sources.base('rss')}/{name}", "type": "string"} for name in names]

    edit("read-news", read_them, often=False)
    counted = "SELECT feed, count(*) FROM news_item WHERE feed NOT IN ('My.feed', 'Rough') GROUP BY feed ORDER BY feed"
    until(lambda: len(rows(engine, counted)) == 6 and sum(row[1] for row in rows(engine, counted)) == 1208, "all are kept", 120)
    assert rows(engine, counted) == [("archive", 1200), ("attributes", 2), ("emoji", 1), ("good", 1), ("long", 1), ("videos", 3)]
    assert rows(engine, "SELECT summary FROM news_item WHERE feed = 'emoji'") == [("x" * 499 + "\U0001f680",)]
    told_apart = "SELECT title, link FROM news_item WHERE feed = 'attributes' ORDER BY title"
    address = "https://news.example/all"
    assert rows(engine, told_apart) == [("Story AAA", address), ("Story BBB", address)]


def forget_digests(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM delivery USING alert WHERE alert.id = alert_id AND kind = 'digest'"))
        connection.execute(text("DELETE FROM alert WHERE kind = 'digest'"))


def test_digest_comes_at_the_hour_that_was_written(edit: Edit, engine: Engine) -> None:
    forget_digests(engine)
    now = datetime.now(UTC)

    def change_the_hour(workflow: Json) -> None:
        named(workflow, "The digest's hour")["parameters"]["assignments"]["assignments"][0]["value"] = now.hour

    edit("send-digest", change_the_hour)
    until(lambda: rows(engine, "SELECT 1 FROM alert WHERE kind = 'digest'"), "the digest is written", 60)
    assert rows(engine, "SELECT key FROM alert WHERE kind = 'digest'") in (
        [(f"digest:{now.date()}",)],
        [(f"digest:{datetime.now(UTC).date()}",)],
    )


@pytest.mark.parametrize("away", [2, -6])
def test_digest_does_not_come_before_its_hour_nor_five_hours_after(
    away: int, edit: Edit, engine: Engine, n8n_settings: Settings
) -> None:
    forget_digests(engine)
    far = datetime.now(UTC).hour + away
    if not 0 <= far < 24:
        pytest.skip("no such hour today")

    def change_the_hour(workflow: Json) -> None:
        named(workflow, "The digest's hour")["parameters"]["assignments"]["assignments"][0]["value"] = far
        workflow["settings"]["saveDataSuccessExecution"] = "all"

    runs = """SELECT 1 FROM execution_entity WHERE "workflowId" = 'send-digest' AND status = 'success'"""
    own = engine_for(n8n_settings.database("n8n"), application="test")
    before = len(rows(own, runs))
    edit("send-digest", change_the_hour)
    until(lambda: len(rows(own, runs)) >= before + 2, "it has looked at the hour twice", 60)
    own.dispose()
    assert rows(engine, "SELECT 1 FROM alert WHERE kind = 'digest'") == []


def test_evening_list_and_weekly_allocation_are_each_told_once(n8n: Rest, n8n_settings: Settings, database: str) -> None:
    begun = EVENING + timedelta(seconds=30)
    clock = f"{begun.isoformat()}@{datetime.now(UTC).isoformat()}x1"
    settings = n8n_settings.model_copy(update={"database_url": database, "market_clock": clock})
    functions, port = FunctionsServer(settings), int(settings.telegram_api_url.rpartition(":")[2])
    telegram = TelegramSim(port=port, token=settings.telegram_bot_token.get_secret_value(), chats=[CHAT])
    owner = engine_for(database, application="test")

    def told(words: str) -> list[str]:
        return [sent.text for sent in telegram.sent if words in sent.text]

    list_pairs(owner, COINS, EVENING, DAYS)
    for name in COINS:
        add_days(owner, name)
    quote(owner, 100, begun, *COINS)
    with alone(n8n, n8n_settings, "place-dips", "set-core") as strike, InThread(telegram, functions):
        for name in ("place-dips", "set-core"):
            strike(name)
        until(lambda: told("3 dip orders") and told("Weekly allocation"), "both messages arrive", 60)
        asked = functions.calls.copy()
        for path in ("/dips/place", "/core/set"):
            until(lambda path=path: functions.calls[path] >= asked[path] + 1, f"{path} is asked again", 60)  # type: ignore[misc]
    (evening,), (week,) = told("3 dip orders"), told("Weekly allocation")
    assert "ADAUSDT 93 (-7.0%) · stop 77" in evening
    assert "of 5 Mar 00:00 UTC: the first one\nBTC 100.0% · other coins 0.0% · cash 0.0%" in week
    raised = "SELECT kind FROM alert WHERE kind IN ('core_week', 'dip_evening') ORDER BY kind"
    assert rows(owner, raised) == [("core_week",), ("dip_evening",)]
    owner.dispose()
