"""Whom the watchdog tells, and the address that it pings."""

import pytest
from pydantic import ValidationError

from tests.conftest import make_settings

OF_THE_DESK, OF_ITS_OWN = "1" * 9 + ":" + "a" * 35, "2" * 9 + ":" + "b" * 35


def test_watchdog_writes_with_the_desks_bot_unless_it_has_one_of_its_own() -> None:
    desk = make_settings(telegram_bot_token=OF_THE_DESK, telegram_chat_ids=(1,))
    assert (desk.watchdog_bot_url, desk.watchdog_chats) == (f"https://api.telegram.org/bot{OF_THE_DESK}", (1,))
    own = make_settings(**desk.model_dump() | {"watchdog_bot_token": OF_ITS_OWN, "watchdog_chat_ids": "2,3"})
    assert (own.watchdog_bot_url, own.watchdog_chats) == (f"https://api.telegram.org/bot{OF_ITS_OWN}", (2, 3))
    assert make_settings().watchdog_bot_url == ""


def test_address_of_the_check_is_one_and_is_not_repeated() -> None:
    assert (
        make_settings(healthcheck_url="https://hc-ping.com/a-uuid/").healthcheck_url.get_secret_value()
        == "https://hc-ping.com/a-uuid"
    )
    with pytest.raises(ValidationError) as refused:
        make_settings(healthcheck_url="hc-ping.com/a-uuid")
    assert "a-uuid" not in refused.value.errors()[0]["msg"]
