"""The watchdog's rounds: look, tell, ping. It runs as a thread of `quorum up` and as a service of compose."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from db.connect import engine_for
from functions.clock import wall_now
from functions.delivery.messages.texts.watchdog import watchdog as message
from functions.delivery.messages.words import Language, Words
from functions.logs import get_logger
from functions.settings import Settings
from functions.status.troubles import News
from functions.watchdog.judge import Look, switched_off, troubles_of
from functions.watchdog.register import Register
from functions.watchdog.run.look import Looker
from functions.watchdog.sources.health_check import HealthCheck
from functions.watchdog.sources.telegram import Messenger

log = get_logger("watchdog")
ROUND_SECONDS = 5.0
Tell = Callable[[str], None]


class Watchdog:
    """One desk's watchdog.

    Args:
        settings: of the desk.
        tell: hears each thing that began or ended; by default the log does.
    """

    def __init__(self, settings: Settings, tell: Tell | None = None) -> None:
        self._engine = engine_for(settings.database("collector"), application="quorum-watchdog", pool_size=1)
        self._looker = Looker(settings, self._engine)
        self._register = Register(timedelta(seconds=settings.watchdog_grace_seconds))
        chats = settings.watchdog_chats
        self._messenger = Messenger(settings.watchdog_bot_url, chats) if settings.watchdog_bot_url and chats else None
        url = settings.healthcheck_url.get_secret_value()
        self._check = HealthCheck(url) if url else None
        self._period = timedelta(seconds=settings.healthcheck_period_seconds)
        self._ping_at: datetime | None = None
        self._were_off: frozenset[str] | None = None
        self._languages: dict[int, Language] = {}
        self._tell = tell or (lambda words: log.warning("the desk", news=words))

    def run(self, stop: threading.Event) -> None:
        """Make a round each five seconds until `stop` is set."""
        try:
            while not stop.is_set():
                try:
                    self.round(wall_now())
                except Exception:  # whatever it is, it must not end who watches the others
                    log.exception("a round of the watchdog failed; it goes on")
                stop.wait(ROUND_SECONDS)
        finally:
            self._engine.dispose()

    def round(self, now: datetime) -> None:
        """Look once, tell what is new, and ping when it is time."""
        ping = self._check if self._check and (self._ping_at is None or now >= self._ping_at) else None
        if ping:
            self._ping_at = now + self._period
            ping.start()
        look = self._looker.look(now, self._detail())
        if look.rows:
            self._languages = dict(look.rows.languages)
        self._register.note(troubles_of(look, self._off_before(look)), now)
        self._say(self._register.news(now), now)
        if ping:
            failures = [trouble.words for trouble in self._register.lasting(now)]
            if self._messenger and self._messenger.trouble:
                failures.append(f"Telegram is not told: {self._messenger.trouble}")
            ping.end(failures)

    def _off_before(self, look: Look) -> frozenset[str]:
        """Return the workflows that were off from the beginning; one that is switched on meanwhile counts as new after that."""
        off = switched_off(look)
        if off is not None:
            self._were_off = off if self._were_off is None else self._were_off & off
        return self._were_off or frozenset()

    def _say(self, news: News, now: datetime) -> None:
        if not news:
            return
        if self._messenger is None or self._messenger.send(lambda chat: self._text(news, chat)):
            self._register.told(news, now)
            for words in [*(trouble.words for trouble in news.began), *(f"{one.words}: is well again" for one in news.ended)]:
                self._tell(words)

    def _text(self, news: News, chat: int) -> str:
        return message(news, Words(self._languages.get(chat, Language.EN)))

    def _detail(self) -> dict[str, Any]:
        """Return what the heartbeat says of the watchdog itself."""
        return {
            "telegram_trouble": self._messenger.trouble if self._messenger else "",
            "check_trouble": self._check.trouble if self._check else "",
            "chats": len(self._messenger.chats) if self._messenger else 0,
            "check": self._check is not None,
        }
