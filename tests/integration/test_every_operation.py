"""Any request that the OpenAPI allows, and many that it does not: no answer of any operation is a fault of ours."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis.specs.openapi.schemas  # noqa: F401 - what is imported inside a test would be parsed beside running threads
import stamina
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok
from sqlalchemy import Engine

from functions.app import create_app
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.integration.delivery.conftest import CHAT, Bot, candles, market  # noqa: F401
from tests.odd import ODD, places, spoilt

NOWHERE = "http://127.0.0.1:1"
# The only reasons here for a 503: the world outside is not there, or a price is not of the moment that was asked for.
AWAY = {"exchange_away", "source_away", "stale_price", "no_price_now"}
KNOWN = {"symbol": "BTCUSDT", "symbols": "BTCUSDT", "names": "adx", "zone": "UTC", "delivery_id": 1, "trade_id": 1, "signal": 1}
WORST: list[Any] = [
    *(
        None,
        True,
        [],
        {},
        [None],
        {"a": []},
        -1,
        2**63,
        10**400,
        float("nan"),
        1.8e308,
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud83d",
        "x" * 5000,
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2009-01-03T00:00:00Z", "2200-01-01T00:00:00Z", "0001-01-01"),
    *("9999-12-31", "\u0661\u0662", "1e400", "NaN"),
]


@pytest.fixture
def settings(database: str, settings: Settings) -> Settings:
    """A desk with a chat, and nothing outside that answers."""
    return make_settings(
        database_url=database,
        data_dir=settings.data_dir,
        telegram_bot_token="123456:" + "x" * 35,
        telegram_chat_ids=(CHAT,),
        bybit_rest_url=NOWHERE,
        fear_greed_url=NOWHERE,
        coingecko_url=NOWHERE,
        defillama_url=NOWHERE,
        stablecoins_url=NOWHERE,
        polymarket_gamma_url=NOWHERE,
        polymarket_clob_url=NOWHERE,
        whale_alert_url=NOWHERE,
        whale_alert_rest_key="key",
    )


@pytest.fixture
def desk(client: TestClient, engine: Engine, market: None) -> Iterator[TestClient]:  # noqa: F811
    """The functions of a desk with pairs, candles, an open trade, messages and headlines; a source that is away is asked once."""
    bot = Bot(client, engine)
    for timeframe in ("5m", "15m", "1h", "4h", "1d"):
        candles(bot, "BTCUSDT", timeframe, 300)
    bot.ask("/trade BTC long 100")
    client.post("/status/failed-runs", json={"workflow": "w"})
    client.post("/sentiment/news", json={"items": [{"feed": "f", "title": "Story", "link": "https://news.example/1"}]})
    client.post("/digest/run")
    client.post("/screener/run")
    with stamina.set_testing(True, attempts=1):
        yield client


def operations(app: Any) -> dict[str, Any]:
    """Return every operation of the app's OpenAPI by its method and path."""
    all_of_them = openapi.from_asgi("/openapi.json", app).get_all_operations()
    return {operation.label: operation for operation in (result.ok() for result in all_of_them if isinstance(result, Ok))}


def area_of(label: str) -> str:
    """Return the first part of an operation's path."""
    return label.split("/")[1]


APP = create_app(make_settings(database_url="postgresql://nobody@localhost/nothing"))
DOCUMENT = APP.openapi()
LABELS = sorted(f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods)
# One desk for the operations of an area: to make one takes as long as to attack an operation.
AREAS = {area: [*labels] for area, labels in groupby(sorted(LABELS, key=area_of), area_of)}


def routes(router: Any) -> Iterator[str]:
    """Yield every operation that a router answers, in the OpenAPI or not."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in route.methods or ())
        elif included := getattr(route, "original_router", None):
            yield from routes(included)


def test_every_operation_of_the_app_is_covered() -> None:
    assert sorted(routes(APP)) == sorted([*LABELS, "GET /metrics"])  # its figures are read by programs, and take nothing
    assert sorted(operations(APP)) == LABELS


def test_every_operation_declares_that_it_may_be_asked_again_later() -> None:
    answers = [operation["responses"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert all("application/problem+json" in answer["503"]["content"] for answer in answers)


def ask(client: TestClient, method: str, path: str, query: dict[str, Any], body: Any) -> tuple[int, Any, str]:
    """Send a request as bytes, so that halves of characters, NULs and numbers without end arrive as they are."""

    def escaped(value: Any) -> str:
        return quote(value if isinstance(value, str) else json.dumps(value), safe="", errors="surrogatepass")

    pairs = [(name, one) for name, value in query.items() for one in (value if isinstance(value, list) else [value])]
    url = path + "?" + "&".join(f"{escaped(name)}={escaped(value)}" for name, value in pairs)
    content = None if body is NOT_SET else json.dumps(body)
    answer = client.request(method, url, content=content, headers={"Content-Type": "application/json"})
    return answer.status_code, answer, f"{method} {url} {str(content)[:2000]}"


def send(client: TestClient, label: str, parts: dict[str, Any]) -> None:
    """Make one request of its parts, and judge the answer."""
    method, path = label.split(" ")
    for name, value in parts["path"].items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="", errors="surrogatepass") or "%20")
    status, answer, request = ask(client, method, path, parts["query"], parts["body"])
    expected = status < 500 or (status == 503 and answer.json()["code"] in AWAY)
    assert expected, f"{request}: {status} {answer.text[:500]}"
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json", request


def sample(schema: dict[str, Any], name: str = "") -> Any:
    """Return a plain value that a schema allows, with everything in it that may be there."""
    if "$ref" in schema:
        return sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
    if branches := schema.get("anyOf") or schema.get("allOf"):
        return sample(branches[0], name)
    if schema.get("type") == "object":
        return {key: sample(below, key) for key, below in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [sample(schema["items"], name)]
    numbers = {"integer": schema.get("minimum", 1), "number": 1.5, "boolean": True}
    texts = {"date-time": "2024-03-05T12:00:00Z", "date": "2024-03-05"}
    simple = numbers.get(schema.get("type", ""), texts.get(schema.get("format", ""), "1"))
    return KNOWN.get(name, schema.get("default") or next(iter(schema.get("enum", ())), simple))


def plain_request(label: str) -> dict[str, Any]:
    """Return the parts of a request of an operation, with every parameter and every field."""
    method, path = label.split(" ")
    described = DOCUMENT["paths"][path][method.lower()]
    parts: dict[str, Any] = {"path": {}, "query": {}, "body": NOT_SET}
    for parameter in described.get("parameters", []):
        parts[parameter["in"]][parameter["name"]] = sample(parameter["schema"], parameter["name"])
    if "requestBody" in described:
        parts["body"] = sample(described["requestBody"]["content"]["application/json"]["schema"])
    return parts


def test_no_operation_answers_without_the_token(desk: TestClient) -> None:
    """Health alone is open, and what it measures: both say nothing of the desk's trades and take nothing in."""
    open_to_all = {label for label in LABELS if label.startswith("GET /health")}
    for token in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
    ):
        with TestClient(desk.app, headers=token, raise_server_exceptions=False) as stranger:
            answered = {label: stranger.request(*label.split(" ")).status_code for label in LABELS}
        assert {label for label, status in answered.items() if status != 401} == open_to_all


@pytest.mark.parametrize("area", AREAS)
def test_nothing_odd_anywhere_in_a_request_is_a_fault_of_ours(desk: TestClient, area: str) -> None:
    for label in AREAS[area]:
        parts = plain_request(label)
        send(desk, label, parts)
        for part, value in parts.items():
            for place in places(value) if value is not NOT_SET else ():
                for odd in WORST if place or part == "body" else ():
                    send(desk, label, {**parts, part: spoilt(value, place, odd)})


@pytest.mark.parametrize("area", AREAS)
def test_no_request_is_a_fault_of_ours(desk: TestClient, area: str) -> None:
    for label in AREAS[area]:
        attack(desk, label, 8)


@pytest.mark.soak
@pytest.mark.parametrize("label", LABELS)
def test_none_of_a_thousand_requests_is_a_fault_of_ours(desk: TestClient, label: str) -> None:
    attack(desk, label, 500)


def attack(desk: TestClient, label: str, times: int) -> None:
    """Ask an operation so often as described but for one odd thing, and so often otherwise than described."""
    operation = operations(desk.app)[label]

    @examples(max_examples=times, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), data=st.data())
    def as_described_but_for_one_thing(case: Case[Any], data: st.DataObject) -> None:
        parts = {"path": {**(case.path_parameters or {})}, "query": {**(case.query or {})}, "body": case.body}
        where = data.draw(st.sampled_from([part for part, value in parts.items() if value not in ({}, NOT_SET)] or ["body"]))
        place = data.draw(st.sampled_from([place for place in places(parts[where]) if place or where == "body"]))
        send(desk, label, {**parts, where: spoilt(parts[where], place, data.draw(st.sampled_from(ODD)))})

    @examples(max_examples=times, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def otherwise_than_described(case: Case[Any]) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code < 500 or answer.json()["code"] in AWAY, f"{case.as_curl_command()}: {answer.text}"

    as_described_but_for_one_thing()
    if operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody"):
        otherwise_than_described()
