"""Calls to outside sources: where a key goes, how long an answer may take, and why one is refused."""

from collections.abc import Iterator

import httpx
import pytest
import respx

from functions import outgoing
from functions.errors import Broken, QuorumError, RetryLater
from functions.outgoing import LONGEST_WAIT, SECONDS, TRY_SECONDS, Source, get_json, post_json
from functions.sentiment.run.mood import sources
from n8n import workflows
from tests.conftest import make_settings

SOURCE = Source("somewhere", "https://source.example/api", {"x-cg-demo-api-key": "k", "Authorization": "Bearer k"})


class Stream(httpx.SyncByteStream):
    """A body without an end."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.piece


def redirected(*places: str) -> list[httpx.Request]:
    """Return every request of a question that is sent from place to place."""
    first, *others = ("https://source.example/api/thing", *places)
    with respx.mock:
        for here, there in zip((first, *others), others, strict=False):
            respx.get(here.partition("?")[0]).respond(302, headers={"Location": there})
        respx.get(places[-1].partition("?")[0]).respond(json=1)
        assert get_json(SOURCE, "/thing", {"api_key": "s3cret", "limit": 1}) == 1
        return [call.request for call in respx.calls]


@pytest.mark.parametrize(
    "place",
    [
        "https://other.example/thing",
        "https://cdn.source.example/thing",
        "http://source.example/thing",
        "https://source.example:8443/thing",
    ],
)
def test_key_does_not_go_along_to_another_place(place: str) -> None:
    first, second = redirected(f"{place}?api_key=s3cret&again=s3cret&token=t&limit=1")
    assert first.headers["x-cg-demo-api-key"] == "k"
    assert not {"x-cg-demo-api-key", "authorization"} & set(second.headers)
    assert dict(second.url.params) == {"limit": "1"}


def test_key_does_not_go_along_under_another_name() -> None:
    *_, last = redirected("https://source.example/other?again=s3cret", "https://other.example/thing?again=s3cret&user=k&limit=1")
    assert dict(last.url.params) == {"limit": "1"}


def test_key_stays_away_when_the_way_leads_back() -> None:
    *_, last = redirected("https://other.example/thing", "https://source.example/back")
    assert "x-cg-demo-api-key" not in last.headers


@pytest.mark.parametrize("place", ["https://source.example/other", "https://source.example:443/other"])
def test_key_goes_along_within_its_place(place: str) -> None:
    assert redirected(place)[-1].headers["x-cg-demo-api-key"] == "k"


@respx.mock
def test_key_goes_along_from_http_to_https_of_the_same_host() -> None:
    respx.get("http://source.example/thing").respond(301, headers={"Location": "https://source.example/thing"})
    safe = respx.get("https://source.example/thing").respond(json=1)
    assert get_json(Source("somewhere", "http://source.example", {"x-key": "k"}), "/thing") == 1
    assert safe.calls.last.request.headers["x-key"] == "k"


@respx.mock
def test_way_without_an_end_is_left() -> None:
    route = respx.get("https://source.example/api/thing").respond(302, headers={"Location": "/api/thing"})
    with pytest.raises(Broken, match="sends us on and on"):
        get_json(SOURCE, "/thing")
    assert route.call_count == 6


@respx.mock
def test_answer_that_never_ends_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.05)
    respx.get("https://source.example/api/thing").mock(side_effect=lambda _: httpx.Response(200, stream=Stream(b" ")))
    with pytest.raises(RetryLater, match="no whole answer"):
        get_json(SOURCE, "/thing")


@respx.mock
def test_answer_that_is_too_large_is_left() -> None:
    respx.get("https://source.example/api/thing").respond(200, stream=Stream(b" " * 1_000_000))
    with pytest.raises(Broken, match="more than 5 MB"):
        get_json(SOURCE, "/thing")


@respx.mock
@pytest.mark.parametrize("content", [b"[" * 100_000, b"9" * 5000, b"\xff", b""])
def test_answer_that_is_no_json_is_unreadable(content: bytes) -> None:
    respx.get("https://source.example/api/thing").respond(200, content=content)
    with pytest.raises(Broken, match="something else than JSON"):
        get_json(SOURCE, "/thing")


@respx.mock
@pytest.mark.parametrize(
    ("status", "page", "kind", "words"),
    [
        (403, "The Amazon CloudFront distribution is configured to block access from your country.", Broken, "address or region"),
        (451, "", Broken, "address or region (451); use another network, or a proxy"),
        (403, "<title>Just a moment...</title>", Broken, "no program from this address"),
        (200, "<title>Attention Required! | Cloudflare</title>", Broken, "something else than JSON"),
        (403, "Rate limit exceeded", RetryLater, "asks for fewer requests (403)"),
        (429, "", RetryLater, "asks for fewer requests (429)"),
        (403, "", Broken, "somewhere refuses with 403"),
        (404, "", Broken, "somewhere refuses with 404"),
        (304, "", Broken, "somewhere refuses with 304"),
    ],
)
def test_refusal_says_what_it_is_about(status: int, page: str, kind: type[QuorumError], words: str) -> None:
    headers = {"Retry-After": "600"} if status == 429 else {}
    respx.get("https://source.example/api/thing").respond(status, text=page, headers=headers)
    with pytest.raises(kind) as caught:
        get_json(SOURCE, "/thing")
    assert words in caught.value.detail


@respx.mock
@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_wait_that_is_none_is_not_waited(wait: str) -> None:
    respx.get("https://source.example/api/thing").respond(503, headers={"Retry-After": wait})
    with pytest.raises(RetryLater) as caught:
        get_json(SOURCE, "/thing")
    assert 0 < caught.value.retry_after <= 60


def test_all_sources_of_the_mood_are_asked_before_n8n_gives_up() -> None:
    asked = len(list(sources(make_settings())))
    calls = [node["parameters"] for node in workflows.load()["read-mood"]["nodes"] if node["type"].endswith("httpRequest")]
    assert asked * (SECONDS + max(TRY_SECONDS, LONGEST_WAIT + 1)) * 1000 < calls[0]["options"]["timeout"]


def test_post_sends_json_and_key() -> None:
    with respx.mock:
        asked = respx.post("https://source.example/api/query/7/execute").respond(json={"execution_id": "01"})
        assert post_json(SOURCE, "/query/7/execute", {"performance": "medium"}) == {"execution_id": "01"}
        request = asked.calls.last.request
    assert (request.content, request.headers["authorization"]) == (b'{"performance":"medium"}', "Bearer k")


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([httpx.ConnectError("no way"), httpx.Response(200, json=1)], 2),
        ([httpx.Response(429, headers={"Retry-After": "0.1"}), httpx.Response(200, json=1)], 2),
        ([httpx.ReadTimeout("silence"), httpx.Response(200, json=1)], 1),
        ([httpx.Response(502), httpx.Response(200, json=1)], 1),
    ],
)
def test_post_is_repeated_only_when_the_source_cannot_have_acted(answers: list[Exception | httpx.Response], asked: int) -> None:
    with respx.mock:
        route = respx.post("https://source.example/api/execute")
        route.side_effect = answers
        if asked == 2:
            assert post_json(SOURCE, "/execute", {}) == 1
        else:
            with pytest.raises(RetryLater):
                post_json(SOURCE, "/execute", {})
        assert route.call_count == asked


def test_one_try_is_one_request() -> None:
    with respx.mock:
        route = respx.get("https://source.example/api/thing").respond(503)
        with pytest.raises(RetryLater):
            get_json(SOURCE, "/thing", tries=1)
        assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (402, "{}"),
        (403, '{"status":{"code":403,"message":"Upgrade your plan to use this endpoint"}}'),
        (403, '{"error":"This endpoint needs a Professional plan"}'),
        (401, '{"error":"not enough credits"}'),
    ],
)
def test_source_that_is_not_paid_for_says_so(status: int, page: str) -> None:
    with respx.mock:
        respx.get("https://source.example/api/thing").respond(status, text=page)
        with pytest.raises(Broken, match="somewhere wants another plan, or has no credits left") as refused:
            get_json(SOURCE, "/thing")
    assert refused.value.code == "source_unpaid"
