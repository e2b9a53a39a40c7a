"""Whatever Telegram brings, however often: never a fault, never an effect twice."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from functions.delivery.inbox.buttons import Action
from functions.delivery.inbox.commands import Name
from functions.settings import Settings
from tests.conftest import make_settings

CHAT = 5_000_000_001
arguments = st.sampled_from(
    ["btc", "BTCUSDT", "long", "100", "1h", "4h", "off", "quiet", "23-7", "language", "ru", "coins", "99", "\x00"]
)
texts = st.text(max_size=30) | st.tuples(st.sampled_from([f"/{name}" for name in Name]), st.lists(arguments, max_size=3)).map(
    lambda parts: " ".join([parts[0], *parts[1]])
)
data = st.text(max_size=70) | st.tuples(st.sampled_from(Action), st.integers(0, 10**19)).map(
    lambda parts: f"{parts[0]}:{parts[1]}"
)


@pytest.fixture(name="desk")
def _desk(settings: Settings) -> Settings:
    return make_settings(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        telegram_bot_token="123456:" + "x" * 35,
        telegram_chat_ids=(CHAT,),
    )


@pytest.fixture(name="bot")
def _bot(desk: Settings, client: TestClient) -> TestClient:
    client.app.state.settings = desk  # type: ignore[attr-defined]
    return client


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(update_id=st.integers(1, 2**40), said=st.none() | texts, pressed=st.none() | data, query=st.text(max_size=70))
def test_any_update_three_times_has_one_effect(
    bot: TestClient, engine: Engine, update_id: int, said: str | None, pressed: str | None, query: str
) -> None:
    update: dict[str, Any] = {"update_id": update_id}
    if pressed is not None:
        update["callback_query"] = {"id": query, "from": {"id": CHAT}, "message": {"chat": {"id": CHAT}}, "data": pressed}
    else:
        update["message"] = {"chat": {"id": CHAT}, "from": {"id": CHAT}, "text": said}
    answers = [bot.post("/telegram/updates", json={"update": update}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3, answers[0].text
    assert sum(answer.json()["handled"] for answer in answers) <= 1
    with engine.connect() as connection:
        many = connection.execute(
            text("SELECT 1 FROM alert WHERE kind = 'reply' GROUP BY split_part(key, ':', 2) HAVING count(*) > 1")
        )
        assert many.first() is None
    claimed = bot.post("/alerts/claim")
    assert claimed.status_code == 200
    if delivery := claimed.json()["delivery"]:
        assert bot.post(f"/alerts/{delivery['id']}/delivered", json={"message_id": 1}).status_code == 200
