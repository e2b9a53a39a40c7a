"""The reference of the HTTP functions: `/docs`, which needs no internet, and `/openapi.json` with every operation in words."""

import re
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

ABOUT = """
Answers of the desk. Every operation but `/health` wants the header `Authorization: Bearer` with the `FUNCTIONS_TOKEN` of `.env`:
press **Authorize** and paste it. GET reads, POST acts; every POST may be repeated. Moments are UTC (RFC 3339).

A name that ends in `_pct` is in percent; every other share, rate and change is a fraction (0.05 is 5%). Amounts in USDT are
texts, exact to the digit. An error is a problem (RFC 9457) with a stable `code`.
"""
# What a parameter means wherever it has no description of its own: a name means one thing.
PARAMETERS = {
    "account": "desk, manual (the trader's own), technical, watch_list, random, dips or core",
    "as_of": "answer as of this moment, e.g. 2026-11-03T14:15:00Z; without it now",
    "table": "what to write: trades, signals, equity or scores",
    "by": "the length of a flow: hour or day",
    "days": "how far back",
    "delivery_id": "of the message, as /alerts/claim gave it",
    "direction": "LONG or SHORT only",
    "hours": "how far back",
    "kind": "signal, or rejection with the reason of its code",
    "language": "en or ru",
    "limit": "how many at most",
    "min_confidence": "this confidence and more, 0 to 1",
    "n": "how many at most",
    "number": "of the run, as /backtest/runs lists it",
    "rejection_id": "of the rejection, as /rejections lists it",
    "signal": "of a signal whose levels are drawn",
    "signal_id": "of the signal, as its message and /signals give it",
    "since": "from this moment on",
    "state": "only those that stand so",
    "symbol": "a pair; btc, BTC/USDT and BTCUSDT are one",
    "symbols": "pairs separated by commas, e.g. BTCUSDT,ETHUSDT; without them all",
    "timeframe": "5m, 15m, 1h, 4h or 1d",
    "top": "only so many, of those worth scanning",
}
_FILES = "/docs/files"


def install(app: FastAPI) -> None:
    """Serve the reference at `/docs`, lead `/` to it, and describe every operation in `/openapi.json`."""

    async def page(_request: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=app.title,
            swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{_FILES}/favicon.png",
            swagger_ui_parameters={"docExpansion": "none", "persistAuthorization": True},
        )

    async def home(_request: Request) -> Response:
        return RedirectResponse("/docs")

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(
                get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
            )
        return app.openapi_schema

    app.add_route("/", home, include_in_schema=False)
    app.add_route("/docs", page, include_in_schema=False)
    app.mount(_FILES, StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"))
    app.openapi = document  # type: ignore[method-assign]


def described(document: dict[str, Any]) -> dict[str, Any]:
    """Give each operation a summary, the first clause of its description, and each parameter its meaning."""
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["summary"] = re.split(r"[.;:](?=\s|$)", operation.get("description", ""), maxsplit=1)[0]
            for parameter in operation.get("parameters", []):
                parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
    return document
