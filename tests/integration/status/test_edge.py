"""What every function does at its edge: token, problems, request ids, limits, a database that is away."""

import json

import pytest
from fastapi.testclient import TestClient

from functions.app import create_app
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings


def test_wrong_token_is_401(client: TestClient) -> None:
    answer = client.get("/status", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "wrong_token"


def test_no_token_is_401(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        assert client.post("/alerts/claim").status_code == 401


def test_health_needs_no_token(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        assert client.get("/health/ready").json() == {"status": "ok"}
        assert "quorum_requests_total" in client.get("/metrics").text


@pytest.mark.parametrize("body", ["{", "[]", '{"message_id": "x"}', '{"message_id": []}'])
def test_malformed_body_is_a_422_problem(client: TestClient, body: str) -> None:
    answer = client.post("/alerts/1/delivered", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"


def test_request_id_is_kept_and_returned(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": "abc-1"})
    assert (answer.status_code, answer.json()["request_id"], answer.headers["x-request-id"]) == (404, "abc-1", "abc-1")


def test_strange_request_id_is_replaced(client: TestClient) -> None:
    assert len(client.get("/health", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]) == 32


def test_huge_body_is_413(client: TestClient) -> None:
    answer = client.post("/status/failed-runs", content=b" " * 1_100_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_huge_body_that_does_not_say_its_size_is_413(client: TestClient) -> None:
    pieces = (b" " * 100_000 for _ in range(11))
    answer = client.post("/status/failed-runs", content=pieces, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert next(pieces, None) is None


def test_a_fault_of_ours_is_a_500_problem_like_every_other(settings: Settings) -> None:
    app = create_app(settings)

    def fault() -> None:
        raise ZeroDivisionError

    app.add_api_route("/fault", fault)
    with TestClient(app, raise_server_exceptions=False) as client:
        ours, theirs = client.get("/fault"), client.get("/nowhere")
    assert (ours.status_code, ours.json()["code"], ours.json()["instance"]) == (500, "internal_error", "/fault")
    assert ours.headers["content-type"] == "application/problem+json"
    assert ours.json().keys() == theirs.json().keys()
    assert ours.json()["request_id"] == ours.headers["x-request-id"]


def test_database_away_is_503_with_retry_after(settings: Settings) -> None:
    nowhere = make_settings(database_url="postgresql://x@127.0.0.1:1/none", data_dir=settings.data_dir)
    with TestClient(create_app(nowhere), headers={"Authorization": f"Bearer {TOKEN}"}, raise_server_exceptions=False) as client:
        answer = client.get("/status")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "database_away", "2")


def test_status_of_an_empty_desk_says_what_is_missing(client: TestClient) -> None:
    answer = client.get("/status").json()
    assert answer["signals_24h"] == 0
    assert any("TELEGRAM_BOT_TOKEN" in sentence for sentence in answer["missing"])


@pytest.mark.parametrize("words", ["x" * 3000 + "\ud83d", "NUL \x00", "x" * 30_000, "\ude80", None, 7])
def test_report_of_a_failure_is_refused_for_no_form(client: TestClient, words: object) -> None:
    body = json.dumps({"workflow": "Read the news" * 50, "node": words, "execution_id": 17, "message": words})
    answer = client.post("/status/failed-runs", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"raised": True})
