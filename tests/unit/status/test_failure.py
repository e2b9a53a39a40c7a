"""The sentence in what n8n says of a failed call."""

import json

import pytest

from functions.status.failure import detail_of

PROBLEM = json.dumps({"status": 503, "code": "exchange_away", "detail": "Bybit does not answer"})


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (PROBLEM, "Bybit does not answer"),
        (f"503 - {PROBLEM}", "Bybit does not answer"),
        (f"503 - {json.dumps(PROBLEM)}", "Bybit does not answer"),
        ("connect ECONNREFUSED 127.0.0.1:8300", "connect ECONNREFUSED 127.0.0.1:8300"),
        ("{not json}", "{not json}"),
        ('{"detail": 5}', '{"detail": 5}'),
        ("[{}]", "[{}]"),
        ("", ""),
    ],
)
def test_detail_of_a_problem_is_told_and_anything_else_as_it_is(message: str, detail: str) -> None:
    assert detail_of(message) == detail
