"""Who may send a message: one claimant at a time, until it says how it went or is surely gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.app import create_app
from functions.delivery.store import outbox as store
from functions.settings import Settings
from tests.conftest import TOKEN
from tests.integration.delivery.test_outbox import NOW, alert_in, lease, state

SLOW_SEND = timedelta(seconds=322)  # two tries for the picture, then the five minutes of n8n's HTTP client
Claim = Callable[..., dict[str, Any] | None]


@pytest.fixture
def claim(client: TestClient) -> Claim:
    def ask(request_id: str | None = None) -> dict[str, Any] | None:
        body = {"request_id": request_id} if request_id else None
        found: dict[str, Any] | None = client.post("/alerts/claim", json=body).raise_for_status().json()["delivery"]
        return found

    return ask


def report(client: TestClient, attempt: int, words: str = "ECONNRESET") -> str:
    answer = client.post("/alerts/1/failed", json={"attempt": attempt, "description": words}).raise_for_status()
    return str(answer.json()["state"])


def let_pass(engine: Engine, span: timedelta) -> None:
    """Let time pass for the lease alone."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE delivery SET lease_until = lease_until - :span, claimed_at = claimed_at - :span"), {"span": span}
        )


def answered(claimed: int, attempt: int, engine: Engine) -> None:
    with engine.begin() as connection:
        store.lengthen_lease(connection, claimed, attempt)


def test_claim_whose_answer_was_sent_is_nobody_elses_for_the_longest_send(engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim() is not None
    let_pass(engine, SLOW_SEND)
    assert claim() is None
    let_pass(engine, store.LEASE - SLOW_SEND)
    again = claim()
    assert again is not None
    assert again["attempt"] == 2


def test_claim_of_functions_that_died_before_they_answered_is_free_after_ten_seconds(engine: Engine) -> None:
    alert_in(engine, now=NOW)
    claims = []
    for seconds in (0, 9, 10):
        with engine.begin() as connection:
            claims.append(lease(connection, (1,), NOW + timedelta(seconds=seconds)))
    assert claims == [1, None, 1]


def test_claim_that_is_tried_again_gets_the_same_message_and_attempt(engine: Engine, claim: Claim) -> None:
    alert_in(engine, "first")
    alert_in(engine, "second")
    first = claim("run-1")
    assert first is not None
    assert claim("run-1") == first
    assert claim("run-2") is None


def test_next_claim_of_a_run_does_not_get_what_it_left_unconfirmed(engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim("7-0") is not None
    assert claim("7-1") is None, "a loop without a confirmation must not send for ever"


def test_claim_tried_again_after_its_message_was_confirmed_leases_nothing(
    client: TestClient, engine: Engine, claim: Claim
) -> None:
    alert_in(engine, "first")
    alert_in(engine, "second")
    first = claim("run")
    assert first is not None
    client.post(f"/alerts/{first['id']}/delivered", json={"message_id": 1}).raise_for_status()
    assert claim("run") is None, "nobody would send what it gets"
    assert claim("another-run") is not None


def test_claim_tried_again_after_another_got_its_message_leases_nothing(engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim("late") is not None
    let_pass(engine, store.LEASE)
    assert claim("other") is not None
    assert claim("late") is None


def test_claim_tried_again_does_not_shorten_its_lease(engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim("run") is not None
    with engine.begin() as connection:
        store.renew_lease(connection, 1, datetime.now(UTC))
    let_pass(engine, SLOW_SEND)
    assert claim("other") is None


def test_failure_of_an_older_attempt_leaves_the_newer_one_its_lease(client: TestClient, engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim() is not None
    let_pass(engine, store.LEASE)
    assert claim() is not None
    assert report(client, 1, "Forbidden: bot was blocked by the user") == "pending"
    assert claim() is None
    assert report(client, 2, "Forbidden: bot was blocked by the user") == "dead"


def test_delivery_by_an_older_attempt_counts(client: TestClient, engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim() is not None
    let_pass(engine, store.LEASE)
    assert claim() is not None
    client.post("/alerts/1/delivered", json={"message_id": 5}).raise_for_status()
    assert report(client, 2) == "delivered"
    assert state(engine) == [("delivered", 2, 5)]


def test_answer_of_an_older_claim_does_not_lengthen_the_lease_of_a_newer_one(engine: Engine) -> None:
    alert_in(engine, now=NOW)
    for seconds in (0, 10):
        with engine.begin() as connection:
            assert lease(connection, (1,), NOW + timedelta(seconds=seconds)) == 1
    answered(1, 1, engine)
    with engine.begin() as connection:
        assert lease(connection, (1,), NOW + timedelta(seconds=20)) == 1


def test_answer_that_comes_after_the_failure_leases_nothing(client: TestClient, engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim() is not None
    assert report(client, 1, "Bad Request: can't parse entities: x") == "pending"
    answered(1, 1, engine)
    assert claim() is not None


def test_release_frees_what_a_dead_sender_held(client: TestClient, engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    assert claim() is not None
    started = datetime.now(UTC)
    for released in (1, 0):
        answer = client.post("/alerts/release", json={"before": started.isoformat()})
        assert answer.json() == {"released": released}
    assert claim() is not None


def test_release_spares_what_another_process_holds(client: TestClient, engine: Engine) -> None:
    alert_in(engine)
    assert client.post("/alerts/claim", json={"holder": "worker"}).json()["delivery"] is not None
    started = datetime.now(UTC).isoformat()
    for holder, released in (("main", 0), ("worker", 1)):
        assert client.post("/alerts/release", json={"before": started, "holder": holder}).json() == {"released": released}


def test_start_of_the_main_process_spares_what_workers_hold(settings: Settings, engine: Engine) -> None:
    alert_in(engine)
    app = create_app(settings.model_copy(update={"n8n_queue": True}))
    with TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        assert client.post("/alerts/claim", json={"holder": "n8n"}).json()["delivery"] is not None
        body = {"before": datetime.now(UTC).isoformat(), "holder": "n8n"}
        assert client.post("/alerts/release", json=body).json() == {"released": 0}
        assert client.post("/alerts/claim", json={"holder": "n8n"}).json()["delivery"] is None


def test_release_tried_again_spares_what_was_claimed_since(client: TestClient, engine: Engine, claim: Claim) -> None:
    alert_in(engine)
    started = datetime.now(UTC)
    assert claim() is not None
    assert client.post("/alerts/release", json={"before": started.isoformat()}).json() == {"released": 0}
    assert claim() is None


def test_release_that_was_begun_before_the_clock_went_back_frees_nothing(
    client: TestClient, engine: Engine, claim: Claim
) -> None:
    alert_in(engine)
    assert claim() is not None
    ahead = datetime.now(UTC) + timedelta(hours=2)
    assert client.post("/alerts/release", json={"before": ahead.isoformat()}).json() == {"released": 0}
    assert claim() is None
