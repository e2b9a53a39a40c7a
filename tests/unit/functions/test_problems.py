"""Every error over HTTP as one document: its code, its headers, its fields."""

from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, HTTPException
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from functions.edge import problems
from functions.errors import Broken, Conflict, InputRejected, NotAllowed, NotFound, QuorumError, RetryLater

ERRORS = (InputRejected, NotAllowed, NotFound, Conflict, Broken)


class Inner(BaseModel):
    amount: Annotated[int, Field(ge=1)]


class Outer(BaseModel):
    inner: Inner
    by_name: dict[str, int] = {}


def answer_of(error: Exception) -> Any:
    app = FastAPI()
    problems.install(app)

    @app.get("/thing")
    def thing() -> None:
        raise error

    with TestClient(app) as client:
        return client.get("/thing")


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    problems.install(app)

    @app.post("/thing")
    def thing(outer: Annotated[Outer, Body()]) -> Outer:
        return outer

    return TestClient(app)


@pytest.mark.parametrize("kind", ERRORS)
def test_error_of_ours_is_a_document_with_its_code_and_sentence(kind: type[QuorumError]) -> None:
    answer = answer_of(kind("its_code", "its sentence"))
    assert answer.status_code == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["code"], document["detail"], document["instance"]) == ("its_code", "its sentence", "/thing")
    assert (document["type"], document["status"]) == ("urn:quorum:problem:its_code", kind.status)
    assert answer.headers.get("www-authenticate") == ("Bearer" if kind is NotAllowed else None)
    assert "retry-after" not in answer.headers


def test_error_that_passes_says_when_to_come_back() -> None:
    answer = answer_of(RetryLater("busy", "busy", 12.4))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "12")
    assert "www-authenticate" not in answer.headers


def test_unknown_place_and_wrong_method_have_codes_and_keep_their_headers(client: TestClient) -> None:
    nowhere, wrong = client.get("/nowhere"), client.get("/thing")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "POST")


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_request"), (404, "not_found"), (413, "body_too_large"), (415, "http_error")]
)
def test_error_of_the_framework_has_the_code_of_its_status(status: int, code: str) -> None:
    answer = answer_of(HTTPException(status, "its sentence"))
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (status, code, "its sentence")


def test_malformed_body_names_each_field(client: TestClient) -> None:
    document = client.post("/thing", json={"inner": {"amount": 0}, "by_name": {"a": "x"}}).json()
    assert document["code"] == "invalid_request"
    assert [error["field"] for error in document["errors"]] == ["body.inner.amount", "body.by_name.a"]
    assert document["errors"][0]["expected"] == "Input should be greater than or equal to 1"
    assert document["detail"].startswith("body.inner.amount: Input should be greater than or equal to 1; body.by_name.a: ")


@pytest.mark.parametrize("name", ["\\ud83d", "\\u0000", "\\ude80 half"])
def test_field_whose_name_is_no_text_is_named_without_what_is_none(client: TestClient, name: str) -> None:
    content = f'{{"inner": {{"amount": 1}}, "by_name": {{"{name}": "x"}}}}'
    answer = client.post("/thing", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("body.by_name.")


@pytest.mark.parametrize("content", [b"\xff", b"[" * 100_000, b"9" * 5000])
def test_body_that_cannot_be_read_is_a_fault_of_the_caller(client: TestClient, content: bytes) -> None:
    answer = client.post("/thing", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
