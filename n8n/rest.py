"""A client of a running n8n: the HTTP API of its editor, which unlike the public one keeps the ids we choose.

The version is pinned, and tests/workflows runs every call here against it.
"""

import time
from types import TracebackType
from typing import Any, Self

import httpx

from functions.errors import Broken, Conflict, NotAllowed, QuorumError, RetryLater
from functions.outgoing.proxies import OURS
from functions.settings import Settings
from n8n.workflows import Json

TIMEOUT = 30


def is_ready(address: str) -> bool:
    """Tell whether n8n answers and its workflows run."""
    try:
        return httpx.get(f"{address}/healthz/readiness", timeout=2, **OURS).is_success
    except httpx.TransportError:
        return False


def wait_ready(settings: Settings, timeout: float) -> None:
    """Wait until n8n is ready.

    Raises:
        RetryLater: it is not, after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not is_ready(settings.n8n_address):
        if time.monotonic() > deadline:
            raise RetryLater(
                "n8n_not_ready", f"n8n at {settings.n8n_address} is not ready after {timeout:.0f} s; its log says why"
            )
        time.sleep(0.1)


class Rest:
    """The owner's session; use it in a `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.Client(base_url=f"{settings.n8n_address}/rest", timeout=TIMEOUT, **OURS)

    def __enter__(self) -> Self:
        """Log in.

        Raises:
            NotAllowed: the owner's password is another one.
            RetryLater: n8n does not answer, or there were five logins within a minute.
        """
        body = {
            "emailOrLdapLoginId": self._settings.n8n_owner_email,
            "password": self._settings.n8n_owner_password.get_secret_value(),
        }
        try:
            answer = self._send("POST", "/login", body)
        except QuorumError:
            self._client.close()
            raise
        # n8n marks the cookie for https alone when its public address is; inside the machine we speak http.
        cookie = answer.cookies.get("n8n-auth") or answer.headers["set-cookie"].partition("n8n-auth=")[2].partition(";")[0]
        self._client.cookies.clear()
        self._client.headers["Cookie"] = f"n8n-auth={cookie}"
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        """Close the connections; the session ends by itself."""
        self._client.close()

    def workflows(self) -> list[Json]:
        """Return every workflow that is not archived, without its nodes."""
        return list(self._data("GET", "/workflows"))

    def workflow(self, workflow_id: str) -> Json:
        """Return one workflow with everything."""
        return dict(self._data("GET", f"/workflows/{workflow_id}"))

    def create(self, workflow: Json) -> Json:
        """Create a workflow under its own id; it is not published."""
        return dict(self._data("POST", "/workflows", workflow))

    def update(self, workflow: Json) -> Json:
        """Change a workflow's draft; what is published goes on until `publish`."""
        return dict(self._data("PATCH", f"/workflows/{workflow['id']}", {k: v for k, v in workflow.items() if k != "id"}))

    def publish(self, workflow_id: str, version: str) -> Json:
        """Publish one version; its triggers go live a moment later, see `is_live`."""
        return dict(self._data("POST", f"/workflows/{workflow_id}/activate", {"versionId": version}))

    def is_live(self, workflow_id: str, version: str) -> bool:
        """Tell whether the triggers of a published version are live.

        Raises:
            Broken: one of them cannot be: the sentence has n8n's words.
        """
        publication = self._data("GET", f"/workflows/{workflow_id}/publication-status")
        if publication["status"] in ("failed", "partial"):
            words = "; ".join(
                str(trigger["errorMessage"]) for trigger in publication["triggers"] if trigger["status"] == "failed"
            )
            raise Broken("trigger_failed", f"{workflow_id} is published but cannot be started: {words}")
        return bool(publication["status"] == "published" and publication["liveVersionId"] == version)

    def unpublish(self, workflow_id: str) -> None:
        """Turn a workflow off."""
        self._data("POST", f"/workflows/{workflow_id}/deactivate", {})

    def archive(self, workflow_id: str) -> None:
        """Put a workflow aside; only then can it be deleted."""
        self._data("POST", f"/workflows/{workflow_id}/archive", {})

    def delete(self, workflow_id: str) -> None:
        """Delete an archived workflow with its history."""
        self._data("DELETE", f"/workflows/{workflow_id}")

    def version(self, workflow_id: str, version: str) -> Json:
        """Return one version of a workflow from its history."""
        return dict(self._data("GET", f"/workflow-history/workflow/{workflow_id}/version/{version}"))

    def was_unpublished(self, workflow_id: str, version: str) -> bool:
        """Tell whether a person has turned this version off."""
        events = self.version(workflow_id, version).get("workflowPublishHistory") or []
        events = sorted(events, key=lambda event: int(event["id"]))
        return bool(events) and events[-1]["event"] == "deactivated"

    def credentials(self) -> list[Json]:
        """Return every credential without its secrets."""
        return list(self._data("GET", "/credentials"))

    def write_credential(self, credential_id: str | None, name: str, kind: str, data: Json) -> str:
        """Create a credential, or overwrite the one with this id; returns n8n's id."""
        body = {"name": name, "type": kind, "data": data}
        if credential_id is None:
            return str(self._data("POST", "/credentials", body)["id"])
        return str(self._data("PATCH", f"/credentials/{credential_id}", body)["id"])

    def tags(self) -> list[Json]:
        """Return every tag."""
        return list(self._data("GET", "/tags"))

    def create_tag(self, name: str) -> str:
        """Create a tag; returns n8n's id."""
        return str(self._data("POST", "/tags", {"name": name})["id"])

    def _data(self, method: str, path: str, body: Json | None = None) -> Any:
        return self._send(method, path, body).json()["data"]

    def _send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            raise RetryLater("n8n_away", f"n8n at {self._settings.n8n_address} does not answer: {error}") from error
        if answer.is_success:
            return answer
        raise self._refusal(f"{method} {path}", answer)

    def _refusal(self, call: str, answer: httpx.Response) -> NotAllowed | Conflict | RetryLater | Broken:
        words = answer.json().get("message", answer.text) if "json" in answer.headers.get("content-type", "") else answer.text
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return NotAllowed("n8n_login", f"n8n refuses the owner's login ({words}); N8N_OWNER_PASSWORD is read when n8n starts")
        if answer.status_code in (httpx.codes.CONFLICT, httpx.codes.LOCKED):
            return Conflict("n8n_conflict", f"n8n refuses {call}: {words}")
        if answer.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            return RetryLater("n8n_busy", f"n8n cannot answer {call} now: {words}; try again in a minute", 60)
        return Broken("n8n_refused", f"n8n answered {answer.status_code} to {call}: {words[:500]}")
