"""Look at every part from outside; nothing that hangs there holds the watchdog up."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import httpx
from sqlalchemy import Engine

from db.away import DATABASE_AWAY
from functions.logs.database import database_words
from functions.outgoing.proxies import OURS
from functions.settings import Settings
from functions.status.beats import READY_SINCE, SEEN_BY, WATCHDOG, n8n_ready_since
from functions.watchdog import store
from functions.watchdog.judge import Look, Rows

SECONDS = 3.0  # for an answer over HTTP
DATABASE_SECONDS = 8.0
STARTING = timedelta(minutes=5)  # in which a part that has not answered yet may be starting: after a reboot all do at once
Answer = TypeVar("Answer")


class Silent(Exception):
    """Somebody does not answer in time."""


class Patience(Generic[Answer]):
    """Waits for an answer, for a while. While an earlier question hangs no other is asked: a frozen database answers none."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked: threading.Thread | None = None

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return the answer, or raise what the question raises.

        Raises:
            Silent: there is none in time.
        """
        answers: list[Answer] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                answers.append(question())
            except BaseException as error:  # noqa: BLE001 - it is raised again below, where somebody waits
                errors.append(error)

        if self._asked is None or not self._asked.is_alive():
            self._asked = threading.Thread(target=run, daemon=True, name="watchdog's question")
            self._asked.start()
            self._asked.join(self._seconds)
        if errors:
            raise errors[0]
        if not answers:
            raise Silent(f"no answer in {self._seconds:.0f} s")
        return answers[0]


class Looker:
    """Looks at one desk."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._client = httpx.Client(timeout=SECONDS, limits=httpx.Limits(max_keepalive_connections=0), **OURS)
        self._patience: Patience[Rows] = Patience(DATABASE_SECONDS)
        self._n8n_since: datetime | None = None
        self._began: datetime | None = None
        self._seen: set[str] = set()

    def look(self, now: datetime, detail: dict[str, Any]) -> Look:
        """Return how everything is, and write the heartbeats of what answers.

        Args:
            now: wall time.
            detail: what the watchdog says of itself.
        """
        reasons = {
            "functions": self._trouble(f"{self._settings.functions_address}/health/ready"),
            "n8n": self._trouble(f"{self._settings.n8n_address}/healthz/readiness"),
        }
        market = self._settings.clock.at(now)
        answers = {**{part: not reason for part, reason in reasons.items()}, "postgres": True}
        rows, words = None, ""
        try:
            rows = self._patience.ask(lambda: self._exchange(now, market, answers, detail))
        except DATABASE_AWAY as error:
            words = database_words(error)
        except Silent as error:
            words = str(error)
        lasting = {part: self._after_start(part, reason, now) for part, reason in reasons.items()}
        return Look(at=now, market=market, functions=lasting["functions"], n8n=lasting["n8n"], rows=rows, database=words)

    def _after_start(self, part: str, reason: str, now: datetime) -> str:
        """Return why a part does not answer, nothing while it may be starting."""
        self._began = self._began or now
        if not reason:
            self._seen.add(part)
        return reason if part in self._seen or now - self._began > STARTING else ""

    def _exchange(self, now: datetime, market: datetime, answers: dict[str, bool], detail: dict[str, Any]) -> Rows:
        """Write what answers, and read what the others have written."""
        with self._engine.begin() as connection:
            rows = store.read_rows(connection, now, market)
            self._n8n_since = (n8n_ready_since(rows.beats, now) or now) if answers["n8n"] else None
            since = {"n8n": {READY_SINCE: self._n8n_since.isoformat()}} if self._n8n_since else {}
            seen = {part: {SEEN_BY: WATCHDOG, **since.get(part, {})} for part, answered in answers.items() if answered}
            store.write_beats(connection, now, {WATCHDOG: detail, **seen})
        return rows

    def _trouble(self, url: str) -> str:
        try:
            answer = self._client.get(url)
        except httpx.TransportError as error:
            return type(error).__name__
        return "" if answer.is_success else f"status {answer.status_code}"
