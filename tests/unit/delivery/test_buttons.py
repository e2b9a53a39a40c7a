"""What buttons say, what Telegram sends back, and what is read from it."""

import pytest

from functions.delivery.inbox.buttons import (
    Action,
    Button,
    Press,
    read_press,
    read_written,
    under_cluster,
    under_evening,
    under_portfolio,
    under_signal,
    writing,
)
from functions.delivery.messages.words import Words


def test_press_is_read_from_the_data_of_its_button() -> None:
    for button, action in zip(under_signal(12, Words(), tradable=True), ("took", "skip", "chart", "mute"), strict=True):
        assert read_press(button.data) == Press(Action(action), 12)


@pytest.mark.parametrize(
    "data", ["", "took", "took:", "took:x", "sell:12", "Took:12", "took:-1", "took:" + "9" * 19, "/close BTCUSDT"]
)
def test_data_of_no_button_is_no_press(data: str) -> None:
    assert read_press(data) is None


def test_command_is_read_from_the_button_that_writes_it() -> None:
    button = writing("Days", "/daily")
    assert button == Button("Days", "write:/daily")
    assert read_written(button.data) == "/daily"
    assert read_written("took:12") is None


def test_buttons_under_a_portfolio_close_two_trades_before_they_show_pages() -> None:
    close = [Button(f"🚪 Close {symbol}", f"write:/close {symbol}") for symbol in ("BTCUSDT", "ETHUSDT")]
    pages = [
        Button("💰 Profit", "write:/profit"),
        Button("🧾 Trades", "write:/trades"),
        Button("📅 Days", "write:/daily"),
        Button("🔎 Today", "write:/today"),
    ]
    assert under_portfolio([], Words()) == tuple(pages)
    assert under_portfolio(["BTCUSDT"], Words()) == (close[0], *pages[:3])
    assert under_portfolio(["BTCUSDT", "ETHUSDT", "SOLUSDT"], Words()) == (*close, *pages[:2])


@pytest.mark.parametrize(
    ("tradable", "first"), [(True, Button("✅ Took", "took:12")), (False, Button("🚪 Exit", "exit:12"))], ids=["traded", "left"]
)
def test_buttons_under_a_signal(tradable: bool, first: Button) -> None:
    others = (Button("⏭ Skip", "skip:12"), Button("📈 Chart", "chart:12"), Button("🔕 Mute 4 h", "mute:12"))
    assert under_signal(12, Words(), tradable=tradable) == (first, *others)


def test_buttons_under_a_cluster_show_its_signals() -> None:
    assert under_cluster([("BTCUSDT", 1), ("ETHUSDT", 2)]) == (Button("🔎 BTCUSDT", "show:1"), Button("🔎 ETHUSDT", "show:2"))


@pytest.mark.parametrize(("count", "take"), [(1, "✅ Take 1"), (3, "✅ Take all 3")])
def test_buttons_under_an_evenings_orders(count: int, take: str) -> None:
    assert under_evening(20240305, ("SOLUSDT", 7), count, Words()) == (
        Button(take, "all:20240305"),
        Button("✅ Only SOL", "nearest:7"),
        Button("⏭ Take none", "none:20240305"),
        Button("📋 Orders", "write:/dips"),
    )
