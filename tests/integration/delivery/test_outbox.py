"""The outbox over HTTP on a real Postgres: nothing lost, nothing doubled, in order."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, text

from functions.delivery.outbox.planning import plan_queue
from functions.delivery.outbox.policy import Policy
from functions.delivery.store import outbox as store
from functions.outbox import raise_alert
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.integration.delivery.conftest import CHAT

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)


def alert_in(engine: Engine, key: str = "one", *, life: timedelta = timedelta(hours=1), now: datetime | None = None) -> bool:
    now = now or datetime.now(UTC)
    payload = {"workflow": key, "node": "n", "message": "m", "execution_id": "1"}
    with engine.begin() as connection:
        return raise_alert(connection, key=key, kind="failed_run", payload=payload, created_at=now, expires_at=now + life)


def claim(client: TestClient) -> dict[str, object] | None:
    answer = client.post("/alerts/claim").raise_for_status().json()["delivery"]
    assert answer is None or isinstance(answer, dict)
    return answer


def lease(connection: Connection, chats: Sequence[int], now: datetime) -> int | None:
    """What a claim leases at a moment."""
    store.begin_claim(connection, chats, now)
    for chat_id in store.chats_waiting(connection, chats):
        waiting = store.read_queue(connection, chat_id)
        planned = plan_queue(waiting, Policy(chat_id), store.read_history(connection, chat_id, waiting, now), now)
        store.apply_plan(connection, planned, now)
        if planned.send is not None:
            store.lease_delivery(connection, planned.send, None, None, now)
            return planned.send
    return None


def state(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT state, attempts, message_id FROM delivery ORDER BY id"))]


def test_same_key_is_one_alert(engine: Engine) -> None:
    assert alert_in(engine)
    assert not alert_in(engine)


def test_claim_then_delivered(client: TestClient, engine: Engine) -> None:
    alert_in(engine)
    message = claim(client)
    assert message is not None
    assert message["chat_id"] == str(CHAT)
    assert message["parse_mode"] == "HTML"
    assert claim(client) is None, "leased: nobody else may send it"
    for _ in range(2):
        client.post(f"/alerts/{message['id']}/delivered", json={"message_id": 7}).raise_for_status()
    assert state(engine) == [("delivered", 1, 7)]
    assert claim(client) is None


def test_second_confirmation_keeps_the_first_message_id(client: TestClient, engine: Engine) -> None:
    alert_in(engine)
    message = claim(client)
    assert message is not None
    for message_id in (7, 8):
        client.post(f"/alerts/{message['id']}/delivered", json={"message_id": message_id}).raise_for_status()
    assert state(engine) == [("delivered", 1, 7)]


def test_order_within_a_chat_holds_while_the_first_waits(client: TestClient, engine: Engine) -> None:
    alert_in(engine, "first")
    alert_in(engine, "second")
    message = claim(client)
    assert message is not None
    client.post(
        f"/alerts/{message['id']}/failed", json={"attempt": 1, "description": "Too Many Requests: retry after 30"}
    ).raise_for_status()
    assert claim(client) is None


def test_refused_markup_goes_out_as_plain_text_once(client: TestClient, engine: Engine) -> None:
    alert_in(engine)
    message = claim(client)
    assert message is not None
    report = {"attempt": 1, "description": "Bad Request: can't parse entities: x", "error_code": 400}
    assert client.post(f"/alerts/{message['id']}/failed", json=report).json()["state"] == "pending"
    again = claim(client)
    assert again is not None
    assert (again["id"], again["parse_mode"]) == (message["id"], "HTML"), "n8n's node sends no message without a parse mode"
    assert "<" not in str(again["text"])
    assert client.post(f"/alerts/{message['id']}/failed", json={**report, "attempt": 2}).json()["state"] == "dead"


def test_blocked_chat_is_dead_and_the_next_goes_on(client: TestClient, engine: Engine) -> None:
    alert_in(engine, "first")
    alert_in(engine, "second")
    message = claim(client)
    assert message is not None
    report = {"attempt": 1, "description": "Forbidden: bot was blocked by the user", "error_code": 403}
    assert client.post(f"/alerts/{message['id']}/failed", json=report).json()["state"] == "dead"
    following = claim(client)
    assert following is not None
    assert following["id"] != message["id"]


def test_expired_alert_is_never_sent(client: TestClient, engine: Engine) -> None:
    alert_in(engine, now=datetime.now(UTC) - timedelta(hours=2))
    assert claim(client) is None


def test_expiry_while_waiting_is_recorded(engine: Engine) -> None:
    alert_in(engine, now=NOW)
    with engine.begin() as connection:
        claimed = lease(connection, (CHAT,), NOW)
        assert claimed is not None
        store.requeue_delivery(connection, claimed, store.Requeue(timedelta(minutes=1), failed=True), NOW, "down")
    with engine.begin() as connection:
        assert lease(connection, (CHAT,), NOW + timedelta(hours=1)) is None
    assert state(engine) == [("expired", 1, None)]


def test_each_chat_gets_its_own_delivery(engine: Engine) -> None:
    alert_in(engine, now=NOW)
    chats = []
    for _ in range(2):
        with engine.begin() as connection:
            claimed = lease(connection, (CHAT, 9), NOW)
            assert claimed is not None
            found = store.lock_delivery(connection, claimed)
            assert found is not None
            chats.append(found.chat_id)
    assert sorted(chats) == [9, CHAT]


def test_many_claimers_at_once_never_share_a_message(client: TestClient, engine: Engine) -> None:
    for number in range(8):
        alert_in(engine, str(number), now=NOW)
    taken: list[int] = []

    def work() -> None:
        for _ in range(4):
            with engine.begin() as connection:
                claimed = lease(connection, (1, 2, 3), NOW)
            if claimed:
                taken.append(claimed)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 3, "one in flight a chat"


def test_without_token_alerts_stay(engine: Engine, settings: Settings) -> None:
    from functions.app import create_app

    alert_in(engine)
    bare = make_settings(database_url=settings.database_url, data_dir=settings.data_dir)
    with TestClient(create_app(bare), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = client.post("/alerts/claim").json()
        assert answer["delivery"] is None
        assert "TELEGRAM_BOT_TOKEN" in answer["waiting"]
        assert client.get("/status").json()["outbox"]["unaddressed"] == 1


def test_unknown_delivery_is_404(client: TestClient) -> None:
    answer = client.post("/alerts/99/delivered", json={"message_id": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_delivery")


def test_failed_run_raises_one_alert_an_hour(client: TestClient) -> None:
    run = {"workflow": "Candles closed", "node": "Scan", "message": "ECONNREFUSED", "execution_id": "12"}
    assert client.post("/status/failed-runs", json=run).json() == {"raised": True}
    assert client.post("/status/failed-runs", json=run).json() == {"raised": False}
    message = claim(client)
    assert message is not None
    assert "Candles closed" in str(message["text"])
