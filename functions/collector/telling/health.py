"""The collector's own small HTTP server: `/health` (it answers while the process lives, and says how it is) and `/metrics`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

State = Callable[[], dict[str, Any]]


class HealthServer(uvicorn.Server):
    """Serves inside the collector's event loop and leaves its signals alone."""

    def __init__(self, host: str, port: int, state: State) -> None:
        super().__init__(
            uvicorn.Config(_application(state), host=host, port=port, log_config=None, lifespan="off", access_log=False)
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _application(state: State) -> Starlette:
    def health(_request: Request) -> Response:
        return JSONResponse(state())

    def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health", health), Route("/metrics", metrics)])
