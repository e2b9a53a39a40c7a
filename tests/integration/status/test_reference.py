"""The reference and the parameters: every operation in words, nothing from the internet, no misspelt filter."""

import re

from fastapi.testclient import TestClient

from functions.app import create_app
from functions.edge.reference import PARAMETERS
from functions.settings import Settings
from tests.conftest import make_settings

DOCUMENT = create_app(make_settings(database_url="postgresql://nobody@localhost/nothing")).openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
}


def test_every_operation_has_a_summary_and_a_description() -> None:
    bare = [
        label
        for label, operation in OPERATIONS.items()
        if len(operation.get("summary", "").split()) < 3 or not operation.get("description")
    ]
    assert bare == []


def test_every_parameter_is_described() -> None:
    found = [(label, one) for label, operation in OPERATIONS.items() for one in operation.get("parameters", [])]
    assert [(label, one["name"]) for label, one in found if not one["description"]] == []
    assert sorted(PARAMETERS.keys() - {one["name"] for _, one in found}) == []


def test_percent_is_told_by_the_name() -> None:
    fields = [
        (f"{model}.{name}", field.get("description", ""))
        for model, schema in DOCUMENT["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
        if any(kind.get("type") in ("number", "integer") for kind in [field, *field.get("anyOf", [])])
    ]
    assert [name for name, words in fields if "percent" in words and "fraction" not in words and not name.endswith("_pct")] == []


def test_page_needs_no_internet(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        assert client.get("/").url.path == "/docs"
        page = client.get("/docs").text
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(loaded) == 3
        for address in loaded:
            assert address.startswith("/docs/files/")
            assert client.get(address).status_code == 200
        assert client.get("/openapi.json").json()["info"]["title"] == "Quorum functions"


UNKNOWN = {
    "GET /market/tickers?symbol=BTC": "/market/tickers has no parameter 'symbol'; did you mean symbols?",
    "GET /paper/portfolio?x=1": "/paper/portfolio has no parameter 'x'; it has account, as_of",
    "GET /scores/BTCUSDT?asof=1": "/scores/{symbol} has no parameter 'asof'; did you mean as_of?",
    "POST /paper/settle?x=1": "/paper/settle has no parameter 'x'; it has none",
}


def test_parameter_that_there_is_not_is_refused_by_name(client: TestClient) -> None:
    for asked, detail in UNKNOWN.items():
        method, _, address = asked.partition(" ")
        answer = client.request(method, address)
        assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (422, "unknown_parameter", detail)


def test_pair_is_read_as_people_write_it(client: TestClient) -> None:
    for written in ("btc", "BTC%2FUSDT", "btc-usdt"):
        assert client.get(f"/signals?symbol={written}").json()["signals"] == []
    assert client.get("/scores/btc-usdt").json()["detail"].startswith("BTCUSDT is not a pair")
    refused = client.get("/signals", params={"symbol": "$$$"}).json()
    assert refused["detail"] == "query.symbol: expected a pair such as BTCUSDT, got '$$$'"
