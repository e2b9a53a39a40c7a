"""The examples of docs/http.md, asked of a desk that has traded."""

import re

from fastapi.testclient import TestClient

from tests.house.graph import CHECKOUT

PAGE = (CHECKOUT / "docs" / "http.md").read_text()
EXAMPLES = re.findall(r'^curl -s -H "\$AUTH" "\$QUORUM(/[^"]*)"(?: -o (\S+))?$', PAGE, re.MULTILINE)


def test_every_curl_line_of_the_page_is_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("curl -s") > 12


def test_examples_of_the_page_are_answered(client: TestClient, desk: int) -> None:
    for address, file in EXAMPLES:
        answer = client.get(address)
        if "simbol" in address:
            assert (answer.status_code, answer.json()["detail"]) == (422, re.findall(r"answers 422 with `([^`]+)`", PAGE)[0])
            continue
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv" if file else "application/json")
