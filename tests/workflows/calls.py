"""Do the calls of a workflow fit the functions: is there such a path and method, and does the body fit its schema?"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from n8n.workflows import FUNCTIONS_IN_GIT, Json
from tests.workflows.rules import GIVEN_URL, HTTP, working

EXPRESSION = re.compile(r"\{\{.*?\}\}")


def misfits(workflow: Json, api: Json) -> Iterator[str]:
    """Yield one sentence for each call that the OpenAPI document `api` does not allow."""
    for node in working(workflow):
        if node["type"] == HTTP and not GIVEN_URL.fullmatch(node["parameters"]["url"]):
            yield from (f"{node['name']!r}: {fault}" for fault in _misfits(node["parameters"], api))


def _misfits(given: Json, api: Json) -> Iterator[str]:
    method, path = given.get("method", "GET"), given["url"].removeprefix("=").removeprefix(FUNCTIONS_IN_GIT)
    operation = find(api, method, path)
    if operation is None:
        yield f"there is no function {method} {path}"
        return
    described = operation.get("requestBody", {})
    if not given.get("sendBody"):
        if described.get("required"):
            yield f"{method} {path} wants a body"
        return
    if not described:
        yield f"{method} {path} takes no body"
        return
    schema = described["content"]["application/json"]["schema"]
    if given.get("specifyBody") == "json":
        body = json.loads(given["jsonBody"])
        yield from _fits(body, schema, api)
        yield from _unknown(body, schema, api)
    else:
        yield from _fields_fit(given["bodyParameters"]["parameters"], schema, api)


def find(api: Json, method: str, path: str) -> Json | None:
    """Return the operation that answers `path`, in which expressions stand for path parameters."""
    asked = EXPRESSION.sub("x", path).partition("?")[0]
    for template, operations in api["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), asked):
            found: Json | None = operations.get(method.lower())
            return found
    return None


def _fits(body: Any, schema: Json, api: Json) -> Iterator[str]:
    whole = {**schema, "components": api["components"]}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(body):
        yield f"the body does not fit: {error.message}"


def _fields_fit(fields: list[Json], schema: Json, api: Json) -> Iterator[str]:
    """Check names and what is constant; what an expression gives is known at run time only."""
    model = _resolve(schema, api)
    names = {field["name"] for field in fields}
    for missing in sorted(set(model.get("required", [])) - names):
        yield f"the body lacks {missing}"
    yield from _unknown(names, schema, api)
    for field in fields:
        kind = model["properties"].get(field["name"])
        if kind is not None and not str(field["value"]).startswith("="):
            yield from _fits(field["value"], kind, api)


def _unknown(names: Iterable[str], schema: Json, api: Json) -> Iterator[str]:
    """Functions ignore what they do not know, so a misspelt name would change nothing and nobody would see it."""
    for name in sorted(set(names) - _resolve(schema, api).get("properties", {}).keys()):
        yield f"the body has {name}, which the function does not know"


def _resolve(schema: Json, api: Json) -> Json:
    if "anyOf" in schema:
        schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
    found: Json = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found
