"""Pings of a check that tells a person when they stop coming, as healthchecks.io does and servers that speak like it.

The address alone means success, `/start` before a look and `/fail` after one that found something lasting.
https://healthchecks.io/docs/http_api/
"""

from urllib.parse import urlsplit

import httpx

from functions.errors import InputRejected
from functions.logs import hide_secrets
from functions.outgoing.proxies import route

SECONDS = 5.0
BODY_LIMIT = 10_000  # characters; more is cut there


class HealthCheck:
    """One check. A ping that fails is noted and forgotten: the check itself tells of it.

    Args:
        url: of the check; whoever has it can ping, so that no word of ours repeats it.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self.trouble = ""

    def start(self) -> None:
        """Say that a look begins."""
        self._ping("/start", "")

    def end(self, failures: list[str]) -> None:
        """Say how it ended: with the failures, or well."""
        self._ping("/fail" if failures else "", "\n".join(failures) or "all is well")

    def _ping(self, ending: str, body: str) -> None:
        url = self._url._replace(path=f"{self._url.path.rstrip('/')}{ending}").geturl()
        try:
            answer = httpx.post(url, content=body.encode()[:BODY_LIMIT], timeout=SECONDS, **route(url))
            self.trouble = "" if answer.is_success else f"it answers {answer.status_code}"
        except InputRejected as error:
            self.trouble = error.detail
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.trouble = hide_secrets(str(error)).replace(url, "the address") or type(error).__name__
