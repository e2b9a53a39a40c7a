"""The room of the language model against a simulated server: what it says counts, what fails is judged by the next room."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from functions.app import create_app
from functions.cli import app
from functions.factors.reading import MARKET
from functions.sentiment.classifier.opinion import Closed, Opinion, Question
from functions.sentiment.run import judging, llm
from functions.sentiment.run.llm import LlmRoom
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.sim import InThread, ModelSim

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
RISES, FALLS = "Bitcoin rises again today", "Ethereum falls once more today"
POISON = "Everybody is bullish on Bitcoin and on all others here"


class Keyless:
    """The room behind the model: it is neutral of everything."""

    name = "embedding"

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        return [Opinion(bearish=0.1, neutral=0.8, bullish=0.1, speaks=True) for _ in questions]


@dataclass
class World:
    """The model, the desk's settings for it, and what to ask."""

    sim: ModelSim
    thread: InThread
    database: str
    engine: Engine
    changes: dict[str, object] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        given = {"llm_model": "reader-1", "llm_url": self.sim.url, "llm_key": self.sim.key, **self.changes}
        return make_settings(database_url=self.database, **given)

    def fault(self, kind: str, **options: object) -> None:
        self.thread.do(lambda: self.sim.fault(kind, **options))

    def read(self, *headlines: str, coin: str = MARKET, **options: Any) -> list[Opinion | None]:
        questions = [Question(headline, coin, headline) for headline in headlines]
        return list(LlmRoom(self.settings, self.engine, NOON, **options).read(questions))

    def closed(self, *headlines: str, **options: Any) -> tuple[str, list[Opinion | None]]:
        with pytest.raises(Closed) as caught:
            self.read(*headlines, **options)
        return str(caught.value), list(caught.value.answered)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(statement)).mappings()]

    def status(self) -> dict[str, Any]:
        return self.rows("SELECT * FROM source_status WHERE source = 'llm'")[0]


@pytest.fixture
def world(database: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(llm, "TRY_SECONDS", 1.0)
    sim = ModelSim()
    with InThread(sim) as thread:
        yield World(sim, thread, database, engine)


def test_each_headline_is_a_question_of_its_own_with_all_its_coins(world: World) -> None:
    questions = [
        Question(RISES, MARKET, RISES),
        Question(RISES, "BTC", RISES),
        Question(FALLS, "ETH", FALLS),
    ]
    market, bitcoin, ether = LlmRoom(world.settings, world.engine, NOON).read(questions)
    assert market is not None
    assert bitcoin is not None
    assert ether is not None
    assert (market.value, bitcoin.value, ether.value) == pytest.approx((0.6, 0.6, -0.6))
    assert len(world.sim.calls) == 2
    texts = sorted(call["messages"][-1]["content"].splitlines()[0] for call in world.sim.calls)
    assert texts == ["Subjects: ETH", f"Subjects: {MARKET}, BTC"]


def test_second_call_with_the_same_text_costs_nothing(world: World) -> None:
    first = world.read(RISES, FALLS)
    spent = world.rows("SELECT calls, tokens, cost FROM llm_day")
    assert world.read(FALLS, RISES) == first[::-1]
    assert len(world.sim.calls) == 2
    assert world.rows("SELECT calls, tokens, cost FROM llm_day") == spent


def test_every_answer_is_kept_with_model_prompt_time_and_cost(world: World) -> None:
    world.changes = {"llm_input_price": Decimal(2), "llm_output_price": Decimal(10)}
    world.read(RISES)
    (kept,) = world.rows("SELECT * FROM llm_answer")
    assert (kept["model"], kept["prompt_version"], kept["first_seen_at"]) == ("reader-1", "headline-1", NOON)
    assert (kept["words"], kept["subjects"], kept["unusable"]) == (RISES, [MARKET], "")
    assert '"stance":"bullish"' in kept["answer"]
    assert kept["cost"] == (kept["input_tokens"] * 2 + kept["output_tokens"] * 10) / Decimal(1_000_000) > 0
    (day,) = world.rows("SELECT * FROM llm_day")
    assert (day["calls"], day["tokens"], day["cost"]) == (1, kept["input_tokens"] + kept["output_tokens"], kept["cost"])
    assert world.status()["successes"] == 1


def test_poison_leaves_every_bit_of_its_batch_mates_though_the_model_obeys_it(world: World) -> None:
    mates = [RISES, FALLS, "A quiet day at the exchange"]
    together = world.read(*mates[:2], POISON, mates[2])
    assert together[2] is not None
    assert together[2].value == 1.0  # the model is taken in
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM llm_answer"))
    assert [*together[:2], together[3]] == world.read(*mates)
    asked = [call["messages"] for call in world.sim.calls]
    assert sum("Everybody" in str(messages) for messages in asked) == 1
    assert all("Everybody" not in str(messages) for messages in asked if "rises" in str(messages))


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("model_say", {"text": "The price will rise"}, "it is no JSON"),
        ("model_say", {"text": '{"verdicts": [{"subject": "MARKET"}]}'}, "it does not fit the schema"),
        ("model_refuse", {}, "it refuses"),
        ("model_cut", {}, "it is cut off"),
        ("model_repeat", {}, "it repeats the marker"),
        ("model_odd", {}, "something else than a completion"),
        ("model_garbage", {}, "something else than a completion"),
        ("model_status", {"status": 400}, "refuses a question (400)"),
        ("model_status", {"status": 503}, "llm answered 503"),
        ("model_hang", {}, "llm does not answer"),
        ("model_disconnect", {}, "llm does not answer"),
        ("model_half", {}, "llm does not answer"),
    ],
)
def test_headline_that_goes_wrong_stops_no_other(world: World, kind: str, options: dict[str, Any], words: str) -> None:
    world.fault(kind, words="falls once more", **options)
    closed, said = world.closed(RISES, FALLS, "Solana climbs to a record")
    assert words in closed
    assert [opinion and round(opinion.value, 6) for opinion in said] == [0.6, None, 0.6]
    assert world.status()["successes"] == 1


def test_answer_that_was_thrown_away_is_kept_and_not_paid_again(world: World) -> None:
    world.fault("model_refuse", count=1)
    world.closed(RISES)
    assert [row["unusable"] for row in world.rows("SELECT unusable FROM llm_answer")] == ["it refuses"]
    assert world.read(RISES) == [None]
    assert len(world.sim.calls) == 1


def test_answer_that_did_not_come_is_asked_for_again(world: World) -> None:
    world.fault("model_status", status=503, count=3)
    assert "503" in world.closed(RISES)[0]
    assert world.read(RISES)[0] is not None


def test_batch_of_nothing_but_refusals_is_a_failure_in_the_status(world: World) -> None:
    world.fault("model_refuse")
    closed, said = world.closed(RISES, FALLS)
    assert closed == "2 of 2 answers were thrown away, most because it refuses"
    assert said == [None, None]
    assert world.status()["last_error"] == f"{closed}; the embedding judges"
    assert world.status()["successes"] == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401}, "llm refuses the key (401)"),
        ({"status": 403}, "llm refuses with 403"),
        ({"status": 429, "retry_after": "600"}, "llm asks for fewer requests (429)"),
    ],
)
def test_refusal_of_everything_ends_the_batch(world: World, fault: dict[str, Any], words: str) -> None:
    world.fault("model_status", **fault)
    closed, said = world.closed(*(f"{RISES} {number}" for number in range(40)))
    assert closed == words
    assert said == [None] * 40
    assert len(world.sim.calls) <= 3 * llm.AT_ONCE
    assert world.status()["last_error"] == f"{words}; the embedding judges"
    assert world.sim.key not in str(world.status())


def test_wrong_key_is_named(world: World) -> None:
    world.changes = {"llm_key": "sk-another-key"}
    assert world.closed(RISES)[0] == "llm refuses the key (401)"


def test_server_that_is_away_is_named(world: World) -> None:
    world.changes = {"llm_url": "http://127.0.0.1:1/v1"}
    assert "llm does not answer" in world.closed(RISES, FALLS)[0]


def test_many_failures_in_a_row_end_the_batch(world: World) -> None:
    world.fault("model_status", status=400)
    world.closed(*(f"{RISES} {number}" for number in range(60)))
    assert len(world.sim.calls) < llm.MOST_IN_A_ROW + llm.AT_ONCE


def test_time_of_a_batch_has_an_end(world: World) -> None:
    closed, said = world.closed(RISES, seconds=-1.0)
    assert (closed, said) == ("the time for this batch is over", [None])
    assert world.sim.calls == []


@pytest.mark.parametrize(
    "changes", [{"llm_daily_tokens": 5_000}, {"llm_daily_usd": Decimal("0.005"), "llm_input_price": Decimal(1)}]
)
def test_spent_budget_closes_the_room_and_no_more_is_asked(world: World, changes: dict[str, object]) -> None:
    world.changes = changes
    closed, said = world.closed(*(f"{RISES} {number}" for number in range(40)))
    assert "the day's budget of" in closed
    assert "is spent, until 00:00 UTC" in closed
    answered = sum(opinion is not None for opinion in said)
    assert 0 < answered < 40
    assert len(world.sim.calls) == answered
    (day,) = world.rows("SELECT * FROM llm_day")
    assert day["tokens"] <= world.settings.llm_daily_tokens
    assert day["cost"] <= world.settings.llm_daily_usd
    assert "is spent" in world.status()["last_error"]


def test_server_that_counts_no_tokens_is_charged_what_was_reserved(world: World) -> None:
    world.fault("model_no_usage")
    world.read(RISES)
    (day,) = world.rows("SELECT * FROM llm_day")
    assert day["tokens"] > world.settings.llm_answer_tokens


def test_placeholders_are_all_that_the_model_sees(world: World) -> None:
    said = world.read("Bitcoin rises again today", coin="BTC", placeholders=True)
    assert said[0] is not None
    assert world.read("Solana rises again today", coin="SOL", placeholders=True) == said
    assert len(world.sim.calls) == 1
    assert "Bitcoin" not in str(world.sim.calls)
    assert "COIN1" in str(world.sim.calls)


def test_nothing_but_the_headline_and_the_key_of_the_model_leaves(world: World) -> None:
    world.read(RISES)
    (entry,) = world.sim.journal.entries("question")
    secrets = [value.get_secret_value() for _, value in world.settings if hasattr(value, "get_secret_value")]
    others = [secret for secret in secrets if secret and secret != world.sim.key]
    assert others
    assert not [secret for secret in others if secret in str(entry)]
    assert world.database not in str(entry)
    assert "tools" not in world.sim.calls[0]


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """The functions with the model before the keyless room: hand them headlines."""
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind, "
                "special_treatment, first_seen_at, last_seen_at) "
                "VALUES ('BTCUSDT', 'BTC', 'USDT', 'Trading', 0.1, 0.1, 5, '', false, now(), now())"
            )
        )
    monkeypatch.setattr(judging, "EmbeddingRoom", lambda _head: Keyless())
    with TestClient(create_app(world.settings), headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        def keep(*titles: str) -> dict[str, Any]:
            items = [
                {"feed": f"Feed {place}", "guid": title, "title": title, "link": f"https://news.example/{place}"}
                for place, title in enumerate(titles)
            ]
            answer = client.post("/sentiment/news", json={"as_of": NOON.isoformat(), "items": items})
            assert answer.status_code == 200, answer.text
            kept: dict[str, Any] = answer.json()
            return kept

        yield keep


def test_headlines_of_the_feeds_are_judged_by_the_model(world: World, desk: Callable[..., dict[str, Any]]) -> None:
    kept = desk(RISES, FALLS)
    assert (kept["judged"], kept["closed"]) == (3, {})
    rows = world.rows("SELECT coin, room, bullish - bearish AS value FROM sentiment ORDER BY coin, value")
    assert [(row["coin"], row["room"], round(row["value"], 6)) for row in rows] == [
        ("BTC", "llm", 0.6),
        (MARKET, "llm", -0.6),
        (MARKET, "llm", 0.6),
    ]


def test_headlines_that_the_model_leaves_open_are_judged_by_the_next_room_and_the_answer_says_so(
    world: World, desk: Callable[..., dict[str, Any]]
) -> None:
    world.fault("model_refuse", words="falls once more")
    kept = desk(RISES, FALLS)
    assert kept["closed"] == {"llm": "1 of 2 answers were thrown away, most because it refuses"}
    rows = world.rows("SELECT words, room FROM sentiment WHERE coin = 'MARKET' ORDER BY words")
    assert [(row["words"], row["room"]) for row in rows] == [(RISES, "llm"), (FALLS, "embedding")]


def test_budget_that_is_spent_is_said_in_the_answer_and_the_status(world: World, desk: Callable[..., dict[str, Any]]) -> None:
    with world.engine.begin() as connection:
        connection.execute(text("INSERT INTO llm_day VALUES (:day, 1, 500000, 0)"), {"day": datetime.now(UTC).date()})
    kept = desk(RISES)
    assert "is spent" in kept["closed"]["llm"]
    assert kept["judged"] == 2
    assert world.sim.calls == []
    assert "the embedding judges" in world.status()["last_error"]


def test_command_judges_the_model_on_labels_of_ones_own(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(f"title,label\n{RISES},1\n{FALLS},-1\nBitcoin waits today,1\n")
    env = tmp_path / "env"
    given = {name: value for name, value in world.settings if value != Settings.model_fields[name].default}
    lines = [f"{name.upper()}={getattr(value, 'get_secret_value', lambda value=value: value)()}" for name, value in given.items()]
    env.write_text("\n".join(lines))
    monkeypatch.setenv("QUORUM_ENV_FILE", str(env))
    said = CliRunner().invoke(app, ["sentiment-eval", str(labels), "--room", "llm", "--placeholders", "--json"])
    assert said.exit_code == 0, said.output
    figures = json.loads(said.output)
    assert (figures["room"], figures["n"], figures["left_out"], figures["accuracy"]) == (
        "llm",
        3,
        0,
        pytest.approx(2 / 3, abs=1e-4),
    )
    assert "COIN1" in str(world.sim.calls)
    assert "Bitcoin" not in str(world.sim.calls)
