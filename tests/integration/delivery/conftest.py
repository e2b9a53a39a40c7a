"""What the delivery tests share: a chat on the allow list, updates from it, and messages claimed for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.timeframe import Timeframe
from functions.settings import Settings
from tests.conftest import make_settings

CHAT, OTHER, STRANGER = 5_000_000_001, 5_000_000_002, 5_000_000_666


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a desk whose Telegram is set up."""
    return make_settings(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        telegram_bot_token="123456:" + "x" * 35,
        telegram_chat_ids=(CHAT,),
    )


class Bot:
    """A person at one end and n8n at the other."""

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self.client = client
        self.engine = engine
        self._ids = count(1000)

    def update(self, **what: Any) -> dict[str, Any]:
        """Make an update."""
        return {"update_id": next(self._ids), **what}

    def written(
        self,
        text: str,
        chat: int = CHAT,
        language: str = "en",
        *,
        person: int | None = None,
        age: timedelta = timedelta(0),
        topic: int | None = None,
    ) -> dict[str, Any]:
        """Make the update of a message, written `age` ago, in a forum group's `topic`."""
        sender = {"id": person or abs(chat), "is_bot": False, "language_code": language}
        date = int((datetime.now(UTC) - age).timestamp())
        place = {} if topic is None else {"message_thread_id": topic, "is_topic_message": True}
        return self.update(message={"message_id": 1, "date": date, "from": sender, "chat": _chat(chat), "text": text, **place})

    def pressed(
        self, data: str, query: str | None = None, chat: int = CHAT, *, person: int | None = None, topic: int | None = None
    ) -> dict[str, Any]:
        """Make the update of a button; another id of the query is another press."""
        query = query or f"q{next(self._ids)}"
        place = {} if topic is None else {"message_thread_id": topic, "is_topic_message": True}
        message = {"chat": _chat(chat), **place}
        return self.update(callback_query={"id": query, "from": {"id": person or abs(chat)}, "message": message, "data": data})

    def send(self, update: dict[str, Any], seen_after: datetime | None = None) -> dict[str, Any]:
        """Hand an update to the functions."""
        body = {"update": update, **({"seen_after": seen_after.isoformat()} if seen_after else {})}
        answer: dict[str, Any] = self.client.post("/telegram/updates", json=body).raise_for_status().json()
        return answer

    def claim(self) -> dict[str, Any] | None:
        """Claim a message without confirming it."""
        found: dict[str, Any] | None = self.client.post("/alerts/claim").raise_for_status().json()["delivery"]
        return found

    def deliveries(self) -> list[dict[str, Any]]:
        """Claim and confirm everything that is due."""
        found = []
        while delivery := self.claim():
            found.append(delivery)
            body = {} if delivery["method"] == "answerCallbackQuery" else {"message_id": 100 + len(found)}
            self.client.post(f"/alerts/{delivery['id']}/delivered", json=body).raise_for_status()
        return found

    def ask(self, text: str, language: str = "en") -> str:
        """Write to the bot and return its one answer."""
        self.send(self.written(text, language=language))
        answers = self.deliveries()
        assert len(answers) == 1, answers
        return str(answers[0]["text"])

    def allow(self, *chats: int) -> None:
        """Put these chats on the allow list, in place of the one that is there."""
        self.client.app.state.settings = self.client.app.state.settings.model_copy(update={"telegram_chat_ids": chats})  # type: ignore[attr-defined]

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}


def candles(bot: Bot, symbol: str, timeframe: str, count: int) -> None:
    """Store closed candles of a pair, on its timeframe's grid and four hours apart, or a day."""
    step = max(Timeframe.H4, Timeframe(timeframe), key=lambda frame: frame.span).span
    with bot.engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)
                    SELECT :symbol, :timeframe, date_bin(:step, now(), '2000-01-01Z') - n * CAST(:step AS interval), 67000, 67100,
                           66900, 67050, 10, 'rest' FROM generate_series(1, :count) AS n"""),
            {"symbol": symbol, "timeframe": timeframe, "count": count, "step": step},
        )


@pytest.fixture
def bot(client: TestClient, engine: Engine) -> Bot:
    return Bot(client, engine)


@pytest.fixture
def market(engine: Engine) -> None:
    """Two pairs with fresh prices."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        for symbol, price in (("BTCUSDT", 67000.0), ("ETHUSDT", 3500.0)):
            connection.execute(
                text("""INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind,
                        special_treatment, first_seen_at, last_seen_at)
                        VALUES (:symbol, :base, 'USDT', 'Trading', 0.1, 0.000001, 1, '', false, :now, :now)"""),
                {"symbol": symbol, "base": symbol.removesuffix("USDT"), "now": now},
            )
            connection.execute(
                text("""INSERT INTO ticker (symbol, price, high_24h, low_24h, volume_24h, turnover_24h, change_24h, exchange_time)
                        VALUES (:symbol, :price, :high, :low, 1000, 67e6, 0.02, :now)"""),
                {"symbol": symbol, "price": price, "high": price * 1.05, "low": price * 0.95, "now": now + timedelta(seconds=30)},
            )


@pytest.fixture
def signal_in(engine: Engine) -> Callable[..., int]:
    """Write a signal and its alert, as a scan does; returns its id."""
    from tests.unit.delivery.making import write_signal

    def write(symbol: str = "BTCUSDT", **changes: Any) -> int:
        with engine.begin() as connection:
            return write_signal(connection, symbol, **changes)

    return write
