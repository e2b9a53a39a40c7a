"""Every call between n8n and the outbox, made again at once or long after: nothing changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from functions.outbox import raise_alert
from tests.integration.delivery.conftest import CHAT, Bot
from tests.unit.delivery.making import write_signal

GROUP, SUPERGROUP = -4_001_234_567, -1_001_502_049_385
Call = tuple[str, dict[str, Any]]
TABLES = (
    "delivery",
    "alert",
    "claim",
    "recipient",
    "chat",
    "mute",
    "signal_choice",
    "telegram_update",
    "paper_trade",
    "paper_fill",
)
WORDS = (
    "ETIMEDOUT",
    "502 - Bad Gateway",
    "Too Many Requests: retry after 3",
    "Bad Request: can't parse entities: byte offset 5",
    "Bad Request: IMAGE_PROCESS_FAILED photo",
    "Bad Request: TOPIC_CLOSED",
    "Bad Request: chat not found",
    "Bad Request: group chat was upgraded to a supergroup chat",
    "Bad Request: query is too old",
)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["alert", "signals", "write", "press", "claim", "claim", "claim", "delivered", "failed", "failed", "release", "time"]
        ),
        st.integers(0, 50),
    ),
    min_size=4,
    max_size=14,
)


class Conversation:
    """What n8n and a person do with the desk, and what they have done so far."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.calls: list[Call] = []
        self.claimed: list[dict[str, Any]] = []
        self._numbers = count(1)

    def step(self, what: str, choice: int) -> Call | None:
        """Make the next step; return the call that it was, if it was one."""
        steps: dict[str, Callable[[int], Call | None]] = {
            "alert": self._alert,
            "signals": self._signals,
            "write": self._write,
            "press": self._press,
            "claim": self._claim,
            "delivered": self._delivered,
            "failed": self._failed,
            "release": self._release,
            "time": self._let_time_pass,
        }
        return steps[what](choice)

    def repeat(self, call: Call) -> None:
        """Make a call again as it was."""
        path, body = call
        assert self.bot.client.post(path, json=body).status_code == 200

    def _alert(self, _choice: int) -> None:
        now = datetime.now(UTC)
        payload = {"workflow": "w", "node": "n", "message": "m", "execution_id": "1"}
        with self.bot.engine.begin() as connection:
            key = f"alert:{now.isoformat()}"
            raise_alert(
                connection, key=key, kind="failed_run", payload=payload, created_at=now, expires_at=now + timedelta(hours=1)
            )

    def _signals(self, choice: int) -> None:
        with self.bot.engine.begin() as connection:
            for number in range(1 + choice % 5):
                write_signal(connection, f"S{number}USDT", close_time=datetime.now(UTC))

    def _write(self, choice: int) -> Call:
        texts = ("/help", "/trade btc long 20", "/close btc", "/settings quiet 23-7", "/mute btc 4h", "/start", "hello")
        return self._update(self.bot.written(texts[choice % len(texts)], chat=(CHAT, GROUP)[choice % 2]))

    def _press(self, choice: int) -> Call:
        action = ("took", "skip", "mute", "show", "exit")[choice % 5]
        return self._update(self.bot.pressed(f"{action}:{1 + choice % 3}"))

    def _update(self, update: dict[str, Any]) -> Call:
        return self._call("/telegram/updates", {"update": update})

    def _claim(self, _choice: int) -> Call | None:
        body = {"request_id": f"run-{next(self._numbers)}", "holder": "n8n"}
        delivery = self.bot.client.post("/alerts/claim", json=body).raise_for_status().json()["delivery"]
        if delivery is None:
            return None  # whose repetition is a new claim
        self.claimed.append(delivery)
        self.calls.append(("/alerts/claim", body))
        return self.calls[-1]

    def _delivered(self, choice: int) -> Call | None:
        delivery = self._chosen(choice)
        return self._call(f"/alerts/{delivery['id']}/delivered", {"message_id": 5}) if delivery else None

    def _failed(self, choice: int) -> Call | None:
        delivery = self._chosen(choice)
        if delivery is None:
            return None
        words = WORDS[choice % len(WORDS)]
        moved = {"migrate_to_chat_id": SUPERGROUP} if "supergroup" in words and delivery["chat_id"] == str(GROUP) else {}
        return self._call(f"/alerts/{delivery['id']}/failed", {"attempt": delivery["attempt"], "description": words, **moved})

    def _release(self, _choice: int) -> Call:
        return self._call("/alerts/release", {"before": datetime.now(UTC).isoformat(), "holder": "n8n"})

    def _let_time_pass(self, _choice: int) -> None:
        with self.bot.engine.begin() as connection:
            connection.execute(text("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'"))

    def _chosen(self, choice: int) -> dict[str, Any] | None:
        """Return one of the newest three claims: reports come late too."""
        recent = self.claimed[-3:]
        return recent[choice % len(recent)] if recent else None

    def _call(self, path: str, body: dict[str, Any]) -> Call:
        self.bot.client.post(path, json=body).raise_for_status()
        self.calls.append((path, body))
        return self.calls[-1]


def everything(engine: Engine) -> dict[str, list[str]]:
    """Return every row of what a conversation may change."""
    with engine.connect() as connection:
        return {
            table: sorted(connection.scalars(text(f"SELECT CAST(row_to_json(t) AS text) FROM {table} AS t"))) for table in TABLES
        }


@pytest.fixture(name="fresh")
def _fresh(bot: Bot, market: None) -> Callable[[], Conversation]:
    def begin() -> Conversation:
        with bot.engine.begin() as connection:
            for table in (
                "claim",
                "delivery",
                "alert",
                "chat",
                "mute",
                "signal_choice",
                "telegram_update",
                "recipient",
                "signal",
            ):
                connection.execute(text(f"DELETE FROM {table}"))
        bot.allow(CHAT, GROUP)
        return Conversation(bot)

    return begin


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps, late=st.integers(0, 100))
def test_every_call_made_again_changes_nothing(
    fresh: Callable[[], Conversation], engine: Engine, steps: list[tuple[str, int]], late: int
) -> None:
    conversation = fresh()
    for what, choice in steps:
        call = conversation.step(what, choice)
        if call is None:
            continue
        older = conversation.calls[late % len(conversation.calls)]
        for again in (call, older):
            stands = everything(engine)
            conversation.repeat(again)
            assert everything(engine) == stands, f"{again} was made again"
