"""The `openai` package on our own HTTP client: one place for proxies, certificates and limits, whatever the package brings."""

import time

import httpx
import httpx2
from openai import OpenAI
from typing_extensions import override

from functions.outgoing import LARGEST


def openai_client(http: httpx.Client, url: str, key: str, seconds: float) -> OpenAI:
    """Return a client of an OpenAI-compatible address that sends all it has to say through `http` and repeats nothing.

    Args:
        http: closes with its owner.
        url: up to and with the version.
        key: a bearer token; may be empty.
        seconds: within which an answer has to be whole.
    """
    bridge = httpx2.Client(transport=_Bridge(http, seconds), trust_env=False, follow_redirects=False)
    return OpenAI(base_url=url, api_key=key or "none", http_client=bridge, max_retries=0, timeout=seconds)


class _Bridge(httpx2.BaseTransport):
    """Reads each answer to its end, in `seconds` and up to `LARGEST` bytes: a server that drips holds nothing up."""

    def __init__(self, http: httpx.Client, seconds: float) -> None:
        self._http = http
        self._seconds = seconds

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = time.monotonic() + self._seconds
        headers = [(name, value) for name, value in request.headers.multi_items() if name != "accept-encoding"]
        ours = self._http.build_request(request.method, str(request.url), headers=headers, content=request.read())
        answer = self._http.send(ours, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise httpx.RemoteProtocolError(f"more than {LARGEST // 1_000_000} MB")
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"no whole answer in {self._seconds:.0f} s")
        finally:
            answer.close()
        kept = [(name, value) for name, value in answer.headers.multi_items() if name not in _OF_THE_WIRE]
        return httpx2.Response(answer.status_code, headers=kept, content=bytes(body))


_OF_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding"}
