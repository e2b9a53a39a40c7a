"""Any request that the OpenAPI allows, and many that it does not: no answer is a fault of ours."""

from typing import Any

import schemathesis.specs.openapi.schemas  # noqa: F401 - what is imported inside a test would be parsed beside running threads
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core.result import Ok

from tests.conftest import TOKEN

PATHS = r"^/(alerts|telegram|charts)"


def test_no_request_is_a_server_error(client: TestClient) -> None:
    schema = openapi.from_asgi("/openapi.json", client.app).include(path_regex=PATHS)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == 7
    for operation in operations:
        for mode in GenerationMode:

            @settings(max_examples=15, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def answers(case: Case[Any]) -> None:
                answer = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
                assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text}"

            answers()
