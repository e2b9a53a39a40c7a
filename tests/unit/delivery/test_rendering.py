"""Every kind of message, in both languages, as the Bot API takes it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.delivery.inbox.buttons import KEYBOARD, read_written, under_portfolio
from functions.delivery.inbox.commands import ChangeSetting, ClosePaperTrade, Name, Unknown, Usage, parse
from functions.delivery.inbox.preferences import NAMES
from functions.delivery.messages.message import Message
from functions.delivery.messages.rendering import KINDS, render
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.texts import mood, reports, scores, signals
from functions.delivery.messages.texts.paper import trades
from functions.delivery.messages.words import Html, Language, Words
from functions.delivery.outbox.policy import Policy
from functions.errors import Broken
from functions.levels.level import Direction
from functions.outbox.classes import AlertClass
from functions.paper.settling.position import FillReason
from functions.scoring.document import SignalAlert
from functions.whales.transaction import Kind
from tests.sim.telegram.entities import parse_text, utf16_length
from tests.sim.telegram.keyboard import read_markup
from tests.unit.delivery import making

REPLY: dict[str, Any] = {"text": "<b>x</b>", "caption": None, "picture": None, "buttons": [], "callback_query_id": None}
PAYLOADS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "signal": [making.signal_payload(), making.signal_payload(direction="SHORT")],
    "reply": [REPLY],
    "callback": [REPLY],
    "failed_run": [making.failed_run()],
    "chat_moved": [{"old": "-4001234567", "new": "-1001502049385"}],
    "exchange_away": [{"reason": "Bybit does not answer <at all>"}],
    "regime": [making.regime(found, before) for found, before in ((1, 0), (-1, 1), (0, -1))],
    "exchange_back": [{"minutes": 12, "gaps": 200}],
    "listing": [
        making.listing(),
        {**making.listing(), "kind": "xstocks", "price": None, "turnover_24h": None, "announcement": None},
    ],
    "delisting": [making.listing("delisted")],
    "odds_moved": [making.odds_moved()],
    "odds_resolved": [making.odds_resolved()],
    "mood_shift": [making.mood_shift()],
    "whale": [making.whale(kind) for kind in Kind] + [making.whale(action=action) for action in ("mint", "burn")],
    "trade_opened": [making.trade_opened(), {**making.trade_opened(), "stop": None, "risk": None, "targets": []}],
    "trade_closed": [making.trade_closed(reason=reason) for reason in FillReason]
    + [making.trade_closed(final=False), making.trade_closed(r=None)],
    "trade_held": [making.trade_held(), making.trade_held("failed")],
    "account_stopped": [making.account_stopped()],
    "price_alert": [
        making.price_alert(direction, late) for direction in Direction for late in (timedelta(0), timedelta(hours=2))
    ],
    "price_doubted": [making.price_doubted()],
    "order_filled": [{**making.order_filled(), "account": account} for account in ("dips", "desk", "manual")],
    "dip_evening": [
        making.dip_evening(),
        *(making.dip_evening(code) for code in ("gate_closed", "btc_weak", "gate_unknown", "no_coin", "too_late")),
    ],
    "core_week": [
        *(making.core_week(code) for code in ("start", "week", "gate_opened", "gate_closed")),
        {**making.core_week(), "traded": "0", "coins": [], "left": ["ADAUSDT"], "drawdown": 0.12},
        {**making.core_week(), "gate": False},
    ],
    "daily_report": [making.daily_report()],
    "weekly_report": [making.daily_report()],
    "digest": [making.digest(), {**making.digest(), "screening": None, "paper": None}],
}


def accept(message: Message) -> None:
    """What the Bot API asks of a message: markup it can read, lengths, buttons."""
    assert 1 <= utf16_length(parse_text(message.text, "HTML").text) <= 4096
    if message.caption is not None:
        assert utf16_length(parse_text(message.caption, "HTML").text) <= 1024
    row = [{"text": button.text, "callback_data": button.data} for button in message.buttons]
    assert len(row) in (0, 4)
    read_markup({"inline_keyboard": [row[:2], row[2:]]} if row else None)


def test_payloads_of_every_kind_are_tested() -> None:
    assert set(PAYLOADS) == set(KINDS)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", KINDS)
def test_telegram_takes_every_kind(kind: str, language: Language) -> None:
    for payload in PAYLOADS[kind]:
        accept(render(kind, [payload], Words(language)))


@pytest.mark.parametrize("language", Language)
def test_telegram_takes_a_cluster_of_any_size(language: Language) -> None:
    for count in (4, 5, 40, 41, 500):
        payloads = [making.signal_payload(f"S{number}USDT", number + 1) for number in range(count)]
        message = render("signal", payloads, Words(language))
        accept(message)
        assert len(message.buttons) == 4


@pytest.mark.parametrize("language", Language)
def test_telegram_takes_every_answer(language: Language) -> None:
    words = Words(language)
    policy = Policy(1, coins=frozenset({"BTCUSDT"}), quiet=(0, 60), mutes={"BTCUSDT": making.CLOSE})
    for text in (
        texts.help_text(words),
        texts.welcome(words),
        texts.unknown(words),
        texts.settings(policy, words, making.CLOSE).text,
        texts.muted("BTCUSDT", making.CLOSE, words),
        signals.why({**making.signal_payload(), "indicators": {"rsi": 55.5, "ema9": None}}, words),
        scores.coin(making.coin_payload(), [], words),
        scores.coin(making.coin_payload(score=None, rejection=None), ["x"], words),
        scores.rejection(making.rejection_payload(), words),
        scores.rejection(making.rejection_payload(score=None), words),
        scores.today(making.rejections_payload(), words),
        mood.news("BTC", making.coin_mood(), [making.headline()] * 60, making.crowd_readings(), making.CLOSE, words),
        mood.news("MARKET", None, [], [], making.CLOSE, words),
        mood.mood(making.mood_readings(), [making.coin_mood("MARKET"), making.coin_mood()], making.CLOSE, words),
        mood.mood([], [], making.CLOSE, words),
        scores.watch_list({"as_of": making.CLOSE.isoformat(), "gate": making.GATE, "setups": []}, words),
    ):
        accept(Message(text))
    accept(texts.settings(policy, words, making.CLOSE))
    for name in NAMES:
        accept(texts.changed(policy, name, words))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("symbols", [[], ["BTCUSDT"], ["1000000BABYDOGEUSDT", "ETHUSDT", "SOLUSDT"]])
def test_buttons_under_a_portfolio_are_four_commands(symbols: list[str], language: Language) -> None:
    message = Message(Html("x"), buttons=under_portfolio(symbols, Words(language)))
    accept(message)
    written = [parse(read_written(button.data) or "") for button in message.buttons]
    assert written[: len(symbols[:2])] == [ClosePaperTrade(symbol, None) for symbol in symbols[:2]]
    assert not [command for command in written if isinstance(command, Usage | Unknown)]


def test_buttons_under_the_settings_turn_them_to_what_they_are_not() -> None:
    turned = Policy(
        1,
        language=Language.RU,
        strong_only=True,
        classes=frozenset({AlertClass.SIGNAL, AlertClass.TRADE}),
        quiet=(23 * 60, 7 * 60),
    )
    for policy, expected in ((Policy(1), turned), (turned, Policy(1))):
        values: dict[str, object] = {}
        for button in texts.settings(policy, policy.words, making.CLOSE).buttons:
            command = parse(read_written(button.data) or "")
            assert isinstance(command, ChangeSetting), button
            values |= dict(command.preference.values)
        assert values == {
            "mode": "strong" if expected.strong_only else "all",
            "quiet_from": expected.quiet and expected.quiet[0],
            "quiet_until": expected.quiet and expected.quiet[1],
            "classes": sorted(expected.classes),
            "language": expected.language,
        }


def test_keyboard_holds_commands() -> None:
    assert not [written for written in KEYBOARD if isinstance(parse(written), Usage | Unknown)]
    assert len(KEYBOARD) == 6


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", Name)
def test_usage_is_one_line_that_names_the_command(name: Name, language: Language) -> None:
    text = texts.usage(name, Words(language))
    assert f"/{name}" in text
    assert "\n" not in text


def test_signal_names_entry_stop_and_three_targets() -> None:
    text = render("signal", [making.signal_payload()], Words()).text
    for part in ("🟢", "BTCUSDT LONG", "67120.5", "65100.0", "(-3.01%)", "TP1", "68534.8", "TP3", "75202.5", "72%", "1 : 2.2"):
        assert part in text


def test_why_says_what_a_signal_stands_on_and_what_its_confidence_is() -> None:
    text = signals.why(making.signal_payload(), Words())
    for part in (
        "BTCUSDT LONG",
        "Score <b>78</b> · confidence <b>72%</b>",
        "It is no probability of a profit.",
        "fear_greed +0.05, 50% sure, of the whole market · 30 h ago",
        "daily trend up (strength 80%)",
        "RSI 55.5",
    ):
        assert part in text


def test_payloads_of_signals_have_the_shape_that_scoring_writes() -> None:
    assert SignalAlert.model_validate(making.signal_payload()).model_dump(mode="json").keys() == making.signal_payload().keys()


@pytest.mark.parametrize("language", Language)
def test_prices_of_tiny_coins_are_plain_decimals(language: Language) -> None:
    words = Words(language)
    pick = {"rank": 1, "symbol": "TINYUSDT", "price": 1e-9, "change_24h": 0.01, "turnover_24h": 2e6, "reasons": []}
    top = reports.top([pick], making.CLOSE, words.say("now"), words, stale=False)
    why = signals.why({**making.signal_payload(), "indicators": {"ema9": 1.23456789e-9, "obv": 1.5e12, "atr": 0.0}}, words)
    assert "<code>0.000000001</code>" in top
    assert "<code>0.00000000123457</code>" in why
    assert "<code>1500000000000</code>" in why


def test_signal_in_russian_is_russian() -> None:
    text = render("signal", [making.signal_payload()], Words(Language.RU, "Europe/Moscow")).text
    for part in ("ЛОНГ", "Вход", "Стоп", "(-3,01%)", "1 : 2,2", "дневной тренд вверх (сила 80%)", "16:00 MSK"):
        assert part in text


def test_short_that_nobody_can_trade_has_no_size_and_offers_the_exit() -> None:
    message = render("signal", [making.signal_payload(direction="SHORT")], Words())
    assert "exit / avoid" in message.text
    assert "of equity" not in message.text
    assert [button.data for button in message.buttons] == ["exit:1", "skip:1", "chart:1", "mute:1"]
    allowed = [*making.REASONS, {"code": "short_allowed", "params": {}, "text": "paper may go short"}]
    message = render("signal", [making.signal_payload(direction="SHORT", reasons=allowed)], Words())
    assert "of equity" in message.text
    assert message.buttons[0].data == "took:1"


def test_open_trade_says_where_it_stands() -> None:
    trade = making.open_trade()
    (first, second) = trades.open_trades([trade.model_dump(mode="json")], Words())
    assert first.endswith("<b>BTCUSDT</b> 93.97 USDT · +0.00 (+0.00%), price is old")
    assert second == "    <code>67120.5</code> → <code>?</code> · no stop"
    fresh = trade.model_copy(update={"stale": False, "price": Decimal(68000), "stop": Decimal(65100)})
    (first, second) = trades.open_trades([fresh.model_dump(mode="json")], Words())
    assert "old" not in first
    assert second == "    <code>67120.5</code> → <code>68000</code> · stop <code>65100</code>"


def test_closed_trade_says_from_where_and_why_in_words() -> None:
    text = render("trade_closed", [making.trade_closed(final=False)], Words()).text
    assert "target 1" in text
    assert "long at <code>67120.5</code>, opened 5 Mar 07:00 UTC" in text


def test_cluster_lists_the_strongest_first() -> None:
    payloads = [making.signal_payload(f"S{number}USDT", number, confidence=number / 10) for number in (5, 9, 7, 6, 8)]
    message = render("signal", payloads, Words())
    assert [button.data for button in message.buttons] == ["show:9", "show:8", "show:7", "show:6"]
    assert "5 signals LONG" in message.text
    assert message.text.index("S9USDT") < message.text.index("S5USDT")


def test_outside_text_cannot_add_markup() -> None:
    assert "New &lt;listing&gt; &amp; more" in render("listing", [making.listing()], Words()).text


def test_unknown_kind_or_a_payload_that_lacks_something_is_broken() -> None:
    for kind, payload in (("no_kind", {}), ("signal", {}), ("signal", {**making.signal_payload(), "entry": "x"})):
        with pytest.raises(Broken, match=kind):
            render(kind, [payload], Words())


def test_report_shows_each_account_with_what_it_booked_and_the_change_of_its_equity_apart() -> None:
    english, russian = (
        render("daily_report", [making.daily_report()], Words(language)).text.split("\n") for language in Language
    )
    assert english == [
        "<b>Paper accounts</b>, 4 Mar 12:00 UTC – 5 Mar 12:00 UTC",
        "<b>Desk</b> 1,003.20 USDT (+0.32% since the start), 1 open",
        "    booked -6.40 (1 closed, 0 won) · equity +3.20 (+0.32%)",
        "<b>By hand</b> 1,003.20 USDT (+0.32% since the start), 1 open",
        "    booked -6.40 (1 closed, 0 won) · equity +3.20 (+0.32%)",
        "<b>Technical only</b> 990.00 USDT (+0.32% since the start), 0 open",
        "    booked -6.40 (1 closed, 0 won) · equity +3.20 (+0.32%)",
        "<b>Watch list</b> 990.00 USDT (+0.32% since the start), 0 open",
        "    booked -6.40 (1 closed, 0 won) · equity +3.20 (+0.32%)",
        "<b>Random</b> 990.00 USDT (+0.32% since the start), 0 open",
        "    booked -6.40 (1 closed, 0 won) · equity +3.20 (+0.32%)",
        "<b>BTCUSDT held</b> -2.25% since the start, +1.50% in this time",
        "",
        "🟢 <b>BTCUSDT</b> By hand · 100.50 USDT · +0.18 (+0.18%)",
    ]
    assert russian[1] == "<b>Стол</b> 1\u00a0003,20 USDT (+0,32% с начала), открыто 1"


def test_close_at_a_named_price_and_unseen_candles_are_said() -> None:
    plain = render("trade_closed", [making.trade_closed()], Words()).text
    doubtful = render("trade_closed", [{**making.trade_closed(), "named": True, "unseen": 3}], Words()).text
    assert set(doubtful.split("\n")) - set(plain.split("\n")) == {
        "The price is yours, not a fill of the market: counted apart",
        "3 candles of it were never seen: the exchange has none",
    }


def test_held_trade_names_both_prices_and_the_way_out() -> None:
    text = render("trade_held", [making.trade_held()], Words()).text
    assert "from <code>0.0000123</code> to <code>0.0123</code> in one step at 5 Mar 12:00 UTC" in text
    assert "write /close PEPEUSDT and your price. Trade 7." in text
    assert "could not be settled" in render("trade_held", [making.trade_held("failed")], Words()).text


def test_portfolio_shows_held_trades_and_counts_named_exits_apart() -> None:
    trade = making.open_trade().model_dump(mode="json") | {"held_at": "2024-03-05T12:00:00Z"}
    counts = {"closed_count": 0, "wins": 0, "win_rate": None, "named_count": 2, "named_wins": 1}
    text = trades.portfolio({"account": making.account().model_dump(mode="json"), "open": [trade], **counts}, Words())
    assert "2 closed at prices of yours, 1 won: counted apart" in text
    assert text.count(", held") == 1


def test_trade_of_the_desk_says_whose_it_is() -> None:
    own, desk = making.trade_opened(), {**making.trade_opened(), "account": "desk"}
    assert "The desk's own account" not in render("trade_opened", [own], Words()).text
    assert render("trade_opened", [desk], Words()).text.startswith("<i>The desk's own account</i>")
    assert "desk is stopped" in render("account_stopped", [making.account_stopped()], Words()).text
