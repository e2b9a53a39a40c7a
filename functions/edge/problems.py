"""Errors over HTTP: application/problem+json with a stable code and the request id (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from db.away import DATABASE_AWAY, reason_of
from functions.errors import QuorumError, RetryLater
from functions.logs import get_logger
from functions.logs.database import database_words

log = get_logger("functions")
MEDIA_TYPE = "application/problem+json"
_FIELDS = {"type": "string", "title": "string", "status": "integer", "code": "string", "detail": "string", "instance": "string"}
_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": [*_FIELDS],
    "properties": {n: {"type": t} for n, t in _FIELDS.items()},
}
_WORDS = {
    401: "the token is missing or another one",
    422: "the request is wrong; `errors` names each field",
    503: "a part that is needed is away for now; `code` and `detail` say which and why, `Retry-After` when to come back",
}
# What every function may answer, for the OpenAPI.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}} for status, words in _WORDS.items()
}
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 400: "bad_request"}


def install(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""

    @app.exception_handler(QuorumError)
    def ours(request: Request, error: QuorumError) -> JSONResponse:
        headers = {"Retry-After": f"{error.retry_after:.0f}"} if isinstance(error, RetryLater) else {}
        if error.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(request, error.status, error.code, error.detail, headers=headers)

    @app.exception_handler(RequestValidationError)
    def rejected(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [{"field": ".".join(map(str, e["loc"])), "expected": _expected(e)} for e in error.errors()]
        detail = "; ".join(f"{f['field']}: {f['expected']}" for f in fields)
        return problem(request, 422, "invalid_request", detail, errors=fields)

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "http_error")
        return problem(request, error.status_code, code, str(error.detail), headers=dict(error.headers or {}))

    for kind in DATABASE_AWAY:
        app.add_exception_handler(kind, database_away)


def _expected(error: dict[str, Any]) -> str:
    """Return what a field should be, in our words where pydantic only says that it is wrong."""
    if error["type"] == "missing":
        return "expected a value, got none"
    return str(error["msg"]).removeprefix("Value error, ")


def database_away(request: Request, error: Exception) -> JSONResponse:
    """Tell what the database does not do and why: 503 when it may pass, 500 when the same request will fail again."""
    reason = reason_of(error)
    if reason is None:
        raise error
    log.warning("database away", code=reason.code, error=database_words(error))
    request.app.state.refusal.note(reason)
    if reason.retry_after is None:
        return problem(request, 500, reason.code, reason.sentence)
    return problem(request, 503, reason.code, reason.sentence, headers={"Retry-After": f"{reason.retry_after:.0f}"})


def problem(
    request: Request, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return one problem document."""
    body = document(request.url.path, status, code, detail) | more
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def document(path: str, status: int, code: str, detail: str) -> dict[str, Any]:
    """Return the body of a problem."""
    return {
        "type": f"urn:quorum:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": path,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
