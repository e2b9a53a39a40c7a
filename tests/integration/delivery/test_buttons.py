"""Buttons under a signal: each press has its effect once, however often Telegram brings it."""

from collections.abc import Callable

import pytest

from tests.integration.delivery.conftest import CHAT, OTHER, Bot, candles

GROUP = -100_500_000_001

pytestmark = pytest.mark.usefixtures("market")


@pytest.fixture
def number(bot: Bot, signal_in: Callable[..., int]) -> int:
    found = signal_in(entry="67000.0", stop="65000.0")
    bot.deliveries()
    return found


def test_took_delivered_three_times_opens_one_trade(bot: Bot, number: int) -> None:
    for _ in range(3):
        bot.send(bot.pressed(f"took:{number}", query="same"))
    assert [(one["method"], one["callback_query_id"]) for one in bot.deliveries()] == [
        ("sendMessage", None),
        ("answerCallbackQuery", "same"),
    ]
    assert bot.rows("SELECT source, stop, array_length(targets, 1) FROM paper_trade") == [("signal", 65000, 3)]
    assert bot.rows("SELECT choice FROM signal_choice") == [("took",)]


def test_took_pressed_twice_by_hand_opens_one_trade(bot: Bot, number: int) -> None:
    for _ in range(2):
        bot.send(bot.pressed(f"took:{number}"))
    assert [one["text"] for one in bot.deliveries() if one["callback_query_id"]] == ["Taken on paper"] * 2
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(1,)]


@pytest.mark.parametrize("equity_moves", [False, True])
def test_took_from_a_second_chat_finds_it_taken(bot: Bot, number: int, equity_moves: bool) -> None:
    bot.allow(CHAT, OTHER)
    bot.send(bot.pressed(f"took:{number}"))
    if equity_moves:
        with bot.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE ticker SET price = price * 1.02")
    bot.send(bot.pressed(f"took:{number}", chat=OTHER))
    toasts = [(one["chat_id"], one["text"]) for one in bot.deliveries() if one["callback_query_id"]]
    assert sorted(toasts) == [(str(CHAT), "Taken on paper"), (str(OTHER), "Taken on paper")]
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(1,)]
    assert bot.rows("SELECT chat_id, choice FROM signal_choice ORDER BY 1") == [(CHAT, "took"), (OTHER, "took")]


@pytest.mark.parametrize("moved", [0.99, 1.0, 1.015])
def test_took_is_sized_by_the_stop_at_the_price_it_fills_at(bot: Bot, signal_in: Callable[..., int], moved: float) -> None:
    number = signal_in(entry="67000.0", stop="60000.0")
    with bot.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE ticker SET price = price * {moved}")
    bot.send(bot.pressed(f"took:{number}"))
    ((risk, smallest),) = bot.rows(
        "SELECT quantity * (entry - stop), lot_size * (entry - stop) FROM paper_trade JOIN symbol USING (symbol)"
    )
    assert 5 - smallest < risk <= 5


def test_took_is_refused_when_the_price_has_passed_the_first_target(bot: Bot, number: int) -> None:
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ticker SET price = price * 1.03")
    bot.send(bot.pressed(f"took:{number}"))
    (toast,) = [one["text"] for one in bot.deliveries() if one["callback_query_id"]]
    assert "the first target is" in toast
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(0,)]


def test_exit_closes_what_is_open_in_the_coin_once(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.send(bot.written("/trade BTC long 50"))
    number = signal_in(direction="SHORT")
    bot.deliveries()
    for _ in range(3):
        bot.send(bot.pressed(f"exit:{number}", query="same"))
    assert [one["text"] for one in bot.deliveries() if one["callback_query_id"]] == ["Closed on paper"]
    assert bot.rows("SELECT count(*) FROM paper_trade WHERE closed_at IS NULL") == [(0,)]
    bot.send(bot.pressed(f"exit:{number}"))
    assert [one["text"] for one in bot.deliveries() if one["callback_query_id"]] == [
        "You have no open trade in BTCUSDT. /portfolio shows those you have."
    ]
    bot.send(bot.written("/trade BTC long 50"))
    bot.send(bot.pressed(f"exit:{number}"))
    assert [one["text"] for one in bot.deliveries() if one["callback_query_id"]] == ["Closed on paper"]
    assert bot.rows("SELECT count(*) FROM paper_trade WHERE closed_at IS NULL") == [(0,)]


def test_took_after_its_life_is_refused(bot: Bot, number: int) -> None:
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE signal SET expires_at = created_at")
    bot.send(bot.pressed(f"took:{number}"))
    (delivery,) = bot.deliveries()
    assert delivery["text"] == "This signal is no longer valid."
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(0,)]
    assert bot.rows("SELECT count(*) FROM signal_choice") == [(0,)]


def test_skip_is_kept_and_never_undoes_taken(bot: Bot, number: int) -> None:
    bot.send(bot.pressed(f"skip:{number}"))
    assert bot.rows("SELECT choice FROM signal_choice") == [("skipped",)]
    bot.send(bot.pressed(f"took:{number}"))
    bot.send(bot.pressed(f"skip:{number}"))
    assert bot.rows("SELECT choice FROM signal_choice") == [("took",)]


def test_chart_sends_a_picture(bot: Bot, number: int) -> None:
    candles(bot, "BTCUSDT", "15m", 20)
    bot.send(bot.pressed(f"chart:{number}"))
    methods = [one["method"] for one in bot.deliveries()]
    assert methods == ["answerCallbackQuery", "sendPhoto"]


def test_mute_holds_the_next_signal_of_the_symbol(bot: Bot, number: int, signal_in: Callable[..., int]) -> None:
    bot.send(bot.pressed(f"mute:{number}"))
    assert "BTCUSDT is muted" in bot.deliveries()[0]["text"]
    signal_in(timeframe="1h")
    assert bot.deliveries() == []
    assert bot.rows("SELECT held_because FROM delivery WHERE state = 'held'") == [("muted",)]


@pytest.mark.parametrize("data", ["took:999999", "nonsense", "took:x", "", "boom:1"])
def test_button_of_nothing_is_answered_and_does_nothing(bot: Bot, data: str) -> None:
    bot.send(bot.pressed(data))
    assert [one["text"] for one in bot.deliveries()] == ["This button leads nowhere any more."]


def test_button_that_writes_a_command_is_answered_as_the_command(bot: Bot) -> None:
    bot.send(bot.written("/settings"))
    (shown,) = bot.deliveries()
    assert shown["buttons"][0]["callback_data"] == "write:/settings mode strong"
    for _ in range(2):
        bot.send(bot.pressed("write:/settings mode strong", query="same"))
    answered = bot.deliveries()
    assert [(one["method"], one["text"]) for one in answered] == [
        ("answerCallbackQuery", ""),
        ("sendMessage", "✅ /settings_mode strong. /settings shows all of them."),
    ]
    assert answered[1]["buttons"][0]["callback_data"] == "write:/settings mode all"


def test_trade_is_closed_by_the_button_under_the_portfolio_once(bot: Bot) -> None:
    bot.send(bot.written("/trade BTC long 100"))
    bot.send(bot.written("/portfolio"))
    under = next(one["buttons"] for one in bot.deliveries() if one["buttons"])
    assert [button["text"] for button in under] == ["🚪 Close BTCUSDT", "💰 Profit", "🧾 Trades", "📅 Days"]
    for _ in range(3):
        bot.send(bot.pressed(under[0]["callback_data"], query="same"))
    bot.deliveries()
    assert bot.rows("SELECT closed_at IS NOT NULL, count(*) FROM paper_trade GROUP BY 1") == [(True, 1)]
    bot.send(bot.pressed(under[0]["callback_data"]))
    (answer,) = [one["text"] for one in bot.deliveries() if one["method"] == "sendMessage"]
    assert answer.startswith("You have no open trade in BTCUSDT")


@pytest.mark.parametrize("text", ["/start", "/help"])
def test_welcome_brings_the_keyboard_to_a_person_and_not_to_a_group(bot: Bot, text: str) -> None:
    bot.allow(CHAT, GROUP)
    bot.send(bot.written(text))
    bot.send(bot.written(text, chat=GROUP, person=CHAT))
    assert [(one["chat_id"], len(one["keyboard"])) for one in bot.deliveries()] == [(str(CHAT), 6), (str(GROUP), 0)]
