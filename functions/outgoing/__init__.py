"""Calls to outside sources: a time limit, a few tries, one kind of error, and a row that says how each source is."""

import json
import math
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import stamina
from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from db.tables import source_status
from functions.errors import Broken, QuorumError, RetryLater
from functions.logs import hide_secrets
from functions.outgoing.proxies import certificates, route
from functions.outgoing.reach import PublicTransport, check_name, place_of
from functions.outgoing.walls import Wall, wall_of

SECONDS = 15.0  # all tries of a question together: what asks two sources is done before n8n gives it up
TRY_SECONDS, CONNECT_SECONDS = 6.0, 5.0  # without a word of it
TRIES = 3
REDIRECTS = 5
LARGEST = 5_000_000  # bytes of an answer
_KEY = re.compile(r"key|token|secret|sign|auth|pass", re.IGNORECASE)
LONGEST_WAIT = 5.0  # seconds: a source that asks for more is asked at the next schedule
ERROR_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Source:
    """An outside source.

    Args:
        name: of its row in `source_status`.
        url: base address.
        headers: sent with each call, e.g. a key.
        ours: its address stands in the settings, and may lie in a network of the desk's own; any other must be public.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """What a source answered with success: its bytes, and of what kind it says they are."""

    body: bytes
    content_type: str


def get_json(source: Source, path: str = "", parameters: Mapping[str, str | int] | None = None, *, tries: int = TRIES) -> Any:
    """Ask a source for JSON, as `get_page` asks for a page.

    Args:
        source: to ask.
        path: below its address.
        parameters: of the query.
        tries: at most; 1 where each of them is paid for or counted.

    Raises:
        RetryLater: it does not answer, or not now (429, 5xx).
        Broken: it refuses (4xx), or answers something that is not JSON.
        InputRejected: the environment names a proxy that cannot be used.
    """
    return _json(source, get_page(source, path, parameters, tries=tries))


def get_page(source: Source, path: str = "", parameters: Mapping[str, str | int] | None = None, *, tries: int = TRIES) -> Page:
    """Ask a source; what may pass by itself is tried three times, all tries together within `SECONDS`.

    Raises:
        RetryLater: it does not answer, or not now (429, 5xx).
        Broken: it refuses (4xx), or answers too much.
        InputRejected: the environment names a proxy that cannot be used.
    """
    return _converse(source, _Question("GET", path, parameters or {}), tries, passes)


def post_json(source: Source, path: str, body: Mapping[str, Any]) -> Any:
    """Let a source act on JSON, and return what it answers; it is asked again only when it cannot have acted yet.

    Raises:
        RetryLater: it does not answer, or not now (429, 5xx); it may have acted all the same.
        Broken: it refuses (4xx), or answers something that is not JSON.
        InputRejected: the environment names a proxy that cannot be used.
    """
    return _json(source, _converse(source, _Question("POST", path, {}, body), TRIES, _has_not_acted))


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: a method, a path below the source's address, a query, and the JSON that goes along."""

    method: str
    path: str
    parameters: Mapping[str, str | int]
    body: Mapping[str, Any] | None = None


def _json(source: Source, page: Page) -> Any:
    try:
        return json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise Broken("source_unreadable", f"{source.name} answered something else than JSON") from error


def _converse(source: Source, question: _Question, tries: int, again: Callable[[Exception], bool | float]) -> Page:
    deadline = time.monotonic() + SECONDS
    try:
        with _client(source) as client:
            for attempt in stamina.retry_context(
                on=again, attempts=tries, timeout=SECONDS, wait_initial=0.3, wait_max=LONGEST_WAIT
            ):
                with attempt:
                    return _ask(client, source, question, deadline)
    except Refused as refused:
        raise refusal(source.name, refused) from refused
    except httpx.HTTPError as error:
        raise silence(source.name, error) from error
    raise AssertionError("the last attempt returns or raises")


def _client(source: Source) -> httpx.Client:
    """Return a client that goes where the source's address leads, and on from there to the public internet alone."""
    way = route(source.url)
    if way["proxy"]:
        return httpx.Client(**way)
    ours = place_of(source.url) if source.ours else None
    return httpx.Client(transport=PublicTransport(source.name, ours, certificates()), trust_env=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class Refused(Exception):
    """A source answered with another status than success."""

    def __init__(self, status: int, headers: httpx.Headers, body: bytes) -> None:
        super().__init__(status)
        self.status, self.page = status, body.decode(errors="replace")
        self.retry_after = _retry_after(headers)


def _ask(client: httpx.Client, source: Source, question: _Question, deadline: float) -> Page:
    url, query = (f"{source.url.rstrip('/')}{question.path}" if question.path else source.url), question.parameters
    request = client.build_request(
        question.method, url, params=dict(query) or None, json=question.body, headers=dict(source.headers)
    )
    keys = {*source.headers.values(), *(str(value) for name, value in query.items() if _KEY.search(name))}
    for _ in range(REDIRECTS + 1):
        if not (source.ours and place_of(str(request.url)) == place_of(source.url)):
            check_name(source.name, str(request.url))
        answer, onward = _send(client, source, request, deadline)
        if onward is None:
            if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                raise Refused(answer.status, answer.headers, answer.body)
            return Page(answer.body, answer.headers.get("content-type", ""))
        request = _without_keys(client, onward, keys) if _leaves(request.url, onward.url) else onward
    raise Broken("source_unreadable", f"{source.name} sends us on and on")


def _send(client: httpx.Client, source: Source, request: httpx.Request, deadline: float) -> tuple[_Answer, httpx.Request | None]:
    """Return the answer, read to its end, and the request that it sends us on with."""
    left = max(deadline - time.monotonic(), 0.001)
    request.extensions["timeout"] = httpx.Timeout(min(left, TRY_SECONDS), connect=min(left, CONNECT_SECONDS)).as_dict()
    answer = client.send(request, stream=True)
    try:
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise Broken("source_unreadable", f"{source.name} answered more than {LARGEST // 1_000_000} MB")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout(f"no whole answer in {SECONDS:.0f} s", request=request)
        return _Answer(answer.status_code, answer.headers, bytes(body)), answer.next_request
    finally:
        answer.close()


def _leaves(ours: httpx.URL, theirs: httpx.URL) -> bool:
    """Tell whether a redirect leaves the place that was given the key: another host or port, or a way that anybody can read."""
    if (ours.scheme, ours.host, ours.port) == (theirs.scheme, theirs.host, theirs.port):
        return False
    return not (ours.host == theirs.host and (ours.scheme, theirs.scheme) == ("http", "https") and ours.port == theirs.port)


def _without_keys(client: httpx.Client, onward: httpx.Request, keys: Collection[str]) -> httpx.Request:
    """Return a redirected request with nothing but what it asks for: no header of the source's, no key in its query."""
    kept: list[tuple[str, str | int | float | bool | None]] = [
        (name, value) for name, value in onward.url.params.multi_items() if not _KEY.search(name) and value not in keys
    ]
    return client.build_request("GET", onward.url.copy_with(params=httpx.QueryParams(kept)))


def passes(error: Exception) -> bool | float:
    """Tell whether an error may pass by itself, and when to ask again if the source says so."""
    if not isinstance(error, Refused):
        return isinstance(error, httpx.TransportError)
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_WAIT else False
    return _may_pass(error.status)


def _has_not_acted(error: Exception) -> bool | float:
    """Tell whether a source surely did nothing yet, so that what must not be done twice can be asked for again."""
    if isinstance(error, Refused) and error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return passes(error)
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _may_pass(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _retry_after(headers: httpx.Headers) -> float | None:
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):  # absent, or a date
        return None
    return max(seconds, 0.1) if math.isfinite(seconds) else None


def silence(name: str, error: httpx.HTTPError) -> RetryLater:
    """Return the error of a source that does not answer."""
    return RetryLater("source_away", f"{name} does not answer: {hide_secrets(str(error)) or type(error).__name__}")


def refusal(name: str, refused: Refused) -> QuorumError:
    """Return the error of a source that refuses, by what the caller should do about it."""
    wall = wall_of(refused.status, refused.page)
    if wall in (Wall.REGION, Wall.ROBOTS):
        step = "use another network, or a proxy (HTTPS_PROXY)"
        return Broken("source_refuses", f"{name} {wall.value} ({refused.status}); {step}")
    if wall is Wall.PLAN:
        return Broken("source_unpaid", f"{name} {wall.value} ({refused.status})")
    if wall is Wall.LIMIT:
        return RetryLater("source_busy", f"{name} {wall.value} ({refused.status})", refused.retry_after or 60.0)
    if _may_pass(refused.status):
        return RetryLater("source_away", f"{name} answered {refused.status}", refused.retry_after or 60.0)
    return Broken("source_refuses", f"{name} refuses with {refused.status}")


def note_success(connection: Connection, source: str, at: datetime, lag: timedelta | None = None) -> None:
    """Note that a source answered.

    Args:
        connection: in a transaction of the caller's.
        source: its name.
        at: wall time.
        lag: age of the newest item it has.
    """
    seconds = None if lag is None else lag.total_seconds()
    _note(connection, source, last_success_at=at, lag_seconds=seconds, successes=1)


def note_failure(connection: Connection, source: str, at: datetime, error: str) -> None:
    """Note that a source failed, in one sentence."""
    _note(connection, source, last_error_at=at, last_error=hide_secrets(error)[:ERROR_LIMIT], errors=1)


def _note(connection: Connection, source: str, **values: object) -> None:
    statement = insert(source_status).values(source=source, **values)
    counted = {name: getattr(source_status.c, name) + 1 for name in ("successes", "errors") if name in values}
    kept = {name: func.coalesce(statement.excluded[name], source_status.c[name]) for name in values if name not in counted}
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_={**kept, **counted}))
