"""Buttons under the evening's list: orders are taken over into the trader's own paper account, and given back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from functions.paper.accounts import DIPS
from functions.paper.store import account as accounts
from functions.paper.store import resting
from tests.integration.delivery.conftest import Bot

DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
EVENING = int(f"{DAY:%Y%m%d}")


@pytest.fixture
def nearest(engine: Engine) -> int:
    """Let an order wait for each of two coins; return the id of the first."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        account_id = accounts.lock_account(connection, DIPS.name, Decimal(1000), now)
        order = {"account_id": account_id, "kind": "dip", "side": "long", "day": DAY, "close": Decimal(100), "price": Decimal(93)}
        levels = {"touched_at": Decimal(92), "stop": Decimal(77), "targets": [Decimal(104), Decimal(125), Decimal(157)]}
        until = {"placed_at": now, "looked_until": DAY, "expires_at": now + timedelta(days=1)}
        resting.place_orders(connection, [{**order, **levels, **until, "symbol": name} for name in ("BTCUSDT", "ETHUSDT")])
        return resting.placed_orders(connection)[0].id


def own(bot: Bot) -> list[tuple[str, str]]:
    return bot.rows(
        "SELECT symbol, resting_order.state FROM resting_order JOIN paper_account a ON a.id = account_id AND name = 'manual' "
        "ORDER BY symbol"
    )


def toast(bot: Bot, data: str) -> str:
    bot.send(bot.pressed(data))
    (text,) = [one["text"] for one in bot.deliveries() if one["callback_query_id"]]
    return str(text)


def test_all_are_taken_once_given_back_and_taken_again(bot: Bot, nearest: int) -> None:
    assert toast(bot, f"all:{EVENING}") == "2 orders wait in your paper account, too"
    assert own(bot) == [("BTCUSDT", "placed"), ("ETHUSDT", "placed")]
    assert toast(bot, f"none:{EVENING}") == "2 orders no longer wait in your paper account"
    assert own(bot) == [("BTCUSDT", "cancelled"), ("ETHUSDT", "cancelled")]
    assert toast(bot, f"nearest:{nearest}") == "1 order waits in your paper account, too"
    assert own(bot) == [("BTCUSDT", "placed"), ("ETHUSDT", "cancelled")]


def test_press_that_comes_twice_counts_once(bot: Bot, nearest: int) -> None:
    for _ in range(2):
        bot.send(bot.pressed(f"nearest:{nearest}", query="same"))
    assert own(bot) == [("BTCUSDT", "placed")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("all:20200101", "Nothing of it waits any more."),
        ("nearest:999", "Nothing of it waits any more."),
        ("all:7", "This button leads nowhere any more."),
        ("none:99999999", "This button leads nowhere any more."),
    ],
)
@pytest.mark.usefixtures("nearest")
def test_button_of_an_evening_that_is_over_or_never_was_does_nothing(bot: Bot, data: str, said: str) -> None:
    assert toast(bot, data) == said
    assert own(bot) == []
