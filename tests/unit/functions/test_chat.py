"""Questions to a model: what is sent, what comes back, and what each failure is called."""

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
import respx

from functions.errors import Broken, QuorumError, RetryLater
from functions.outgoing.chat import ABOUT_ONE_QUESTION, ModelAddress, ModelClient, Prompt

URL = "https://model.example/v1/chat/completions"
ADDRESS = ModelAddress("llm", "https://model.example/v1", key="sk-secret", model="reader-1", seconds=2.0)
PROMPT = Prompt("Judge.", "Bitcoin rises", {"type": "object"}, most_tokens=300)


@pytest.fixture
def model() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def answer(**changes: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": '{"a": 1}'}
    return {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5},
        **changes,
    }


def ask(**changes: Any) -> Any:
    address = ModelAddress(**{name: getattr(ADDRESS, name) for name in ADDRESS.__slots__} | changes)
    with ModelClient(address) as client:
        return client.ask(PROMPT)


def test_question_goes_out_with_its_schema_and_without_tools(model: respx.MockRouter) -> None:
    route = model.post(URL).respond(json=answer())
    completion = ask()
    assert (completion.text, completion.finish, completion.tries) == ('{"a": 1}', "stop", 1)
    assert (completion.input_tokens, completion.output_tokens) == (12, 5)
    request = route.calls.last.request
    sent = orjson.loads(request.content)
    assert request.headers["authorization"] == "Bearer sk-secret"
    assert sent["response_format"]["json_schema"] == {"name": "answer", "strict": True, "schema": {"type": "object"}}
    assert sent["max_completion_tokens"] == 300
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert not {"tools", "tool_choice", "functions", "user"} & sent.keys()


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Broken, "refuses the key (401)"),
        (403, Broken, "refuses with 403"),
        (404, Broken, "refuses with 404"),
        (400, Broken, "refuses a question (400)"),
        (422, Broken, "refuses a question (422)"),
    ],
)
def test_refusal_is_not_asked_again(model: respx.MockRouter, status: int, kind: type[QuorumError], words: str) -> None:
    route = model.post(URL).respond(status, json={"error": {"message": "no"}})
    with pytest.raises(kind) as caught:
        ask()
    assert words in caught.value.detail
    assert route.call_count == 1
    assert (caught.value.code in ABOUT_ONE_QUESTION) == (status in (400, 422))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_failure_that_may_pass_is_asked_three_times(model: respx.MockRouter, status: int) -> None:
    route = model.post(URL).respond(status, headers={"Retry-After": "0.1"})
    with pytest.raises(RetryLater) as caught:
        ask()
    assert route.call_count == 3
    assert (caught.value.code in ABOUT_ONE_QUESTION) == (status >= 500)


def test_tries_are_counted_when_a_later_one_answers(model: respx.MockRouter) -> None:
    model.post(URL).side_effect = [httpx.Response(503, headers={"Retry-After": "0.1"}), httpx.Response(200, json=answer())]
    assert ask().tries == 2


def test_wait_that_is_too_long_is_left_to_the_next_schedule(model: respx.MockRouter) -> None:
    route = model.post(URL).respond(429, headers={"Retry-After": "600"})
    with pytest.raises(RetryLater) as caught:
        ask()
    assert (route.call_count, caught.value.retry_after) == (1, 600.0)


@pytest.mark.parametrize(
    ("error", "about_one"),
    [
        (httpx.ReadTimeout("late"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (httpx.ConnectError("nobody"), False),
        (httpx.ConnectTimeout("nobody"), False),
    ],
)
def test_silence_is_tried_again_and_told(model: respx.MockRouter, error: httpx.HTTPError, about_one: bool) -> None:
    route = model.post(URL).mock(side_effect=error)
    with pytest.raises(RetryLater, match="llm does not answer") as caught:
        ask(tries=2)
    assert route.call_count == 2
    assert (caught.value.code in ABOUT_ONE_QUESTION) == about_one


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>It works</html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"text": "old schema"}]}', b"\xff\xfe"],
)
def test_what_is_no_completion_is_told(model: respx.MockRouter, body: bytes) -> None:
    model.post(URL).respond(200, content=body, content_type="application/json")
    with pytest.raises(Broken, match="something else than a completion"):
        ask()


def test_refusal_in_words_and_an_answer_without_usage_come_through(model: respx.MockRouter) -> None:
    message = {"content": None, "refusal": "I cannot."}
    model.post(URL).respond(json={"choices": [{"message": message, "finish_reason": "content_filter"}]})
    completion = ask()
    assert (completion.text, completion.refusal, completion.finish) == ("", "I cannot.", "content_filter")
    assert completion.input_tokens is None


def test_redirect_is_not_followed_so_that_the_key_stays(model: respx.MockRouter) -> None:
    model.post(URL).respond(307, headers={"Location": "https://elsewhere.example/v1/chat/completions"})
    elsewhere = model.post("https://elsewhere.example/v1/chat/completions").respond(json=answer())
    with pytest.raises(Broken):
        ask()
    assert elsewhere.call_count == 0


def test_answer_without_an_end_is_cut(model: respx.MockRouter) -> None:
    model.post(URL).respond(200, content=b" " * 6_000_000)
    with pytest.raises(RetryLater, match="more than 5 MB"):
        ask(tries=1)
