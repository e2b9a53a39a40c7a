"""Every command, written right and wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from functions.delivery.inbox import preferences
from functions.delivery.inbox.commands import (
    ChangeSetting,
    ClosePaperTrade,
    Command,
    MuteSymbol,
    Name,
    OpenPaperTrade,
    Plain,
    ShowChart,
    ShowNews,
    ShowOdds,
    ShowReasons,
    ShowRejection,
    ShowSignal,
    ShowTop,
    ShowWhales,
    Unclear,
    Unknown,
    Usage,
    addressee,
    parse,
)
from functions.delivery.inbox.preferences import Preference
from functions.delivery.inbox.price_alerts import RemovePriceAlert, SetPriceAlert
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.words import Language, Words
from functions.delivery.outbox.policy import Policy
from functions.levels.level import Direction
from functions.market.candles.timeframe import Timeframe
from functions.outbox.classes import AlertClass


def change(**values: object) -> ChangeSetting:
    return ChangeSetting(Preference(tuple(values.items())))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Plain(Name.START)),
        ("/start ref_12", Plain(Name.START)),
        ("/help@quorum_bot", Plain(Name.HELP)),
        ("/STATUS", Plain(Name.STATUS)),
        ("/top", ShowTop(10)),
        ("/top 1", ShowTop(1)),
        ("/top 30", ShowTop(30)),
        ("/top NOW", ShowTop(10, anew=True)),
        ("/top@quorum_bot 3", ShowTop(3)),
        ("/signal BTCUSDT", ShowSignal("BTCUSDT")),
        ("  /signal   btc/usdt ", ShowSignal("BTCUSDT")),
        ("/signal #1inch", ShowSignal("1INCHUSDT")),
        ("/chart btc", ShowChart("BTCUSDT", Timeframe.H1)),
        ("/chart BTC 4H", ShowChart("BTCUSDT", Timeframe.H4)),
        ("/portfolio", Plain(Name.PORTFOLIO)),
        ("/trade BTCUSDT long 100", OpenPaperTrade("BTCUSDT", "long", Decimal(100))),
        ("/trade eth SHORT 50,5$", OpenPaperTrade("ETHUSDT", "short", Decimal("50.5"))),
        ("/close btc", ClosePaperTrade("BTCUSDT", None)),
        ("/close BTCUSDT 67500.5", ClosePaperTrade("BTCUSDT", Decimal("67500.5"))),
        ("/mute btc", MuteSymbol("BTCUSDT", timedelta(hours=4))),
        ("/mute btc 30m", MuteSymbol("BTCUSDT", timedelta(minutes=30))),
        ("/mute btc 2д", MuteSymbol("BTCUSDT", timedelta(days=2))),
        ("/alert BTC 67000", SetPriceAlert("BTCUSDT", Decimal(67000))),
        ("/alert btc -5%", SetPriceAlert("BTCUSDT", percent=Decimal(-5))),
        ("/alert btc −2,5%", SetPriceAlert("BTCUSDT", percent=Decimal("-2.5"))),
        ("/alert eth выше 0.5", SetPriceAlert("ETHUSDT", Decimal("0.5"), direction=Direction.RISING)),
        ("/alert eth < $3", SetPriceAlert("ETHUSDT", Decimal(3), direction=Direction.FALLING)),
        ("/alert remove #3", RemovePriceAlert(3)),
        ("/alert убрать 3", RemovePriceAlert(3)),
        ("/alert remove 0", Usage(Name.ALERT)),
        ("/alert BTC 5%", Usage(Name.ALERT)),
        ("/alert BTC above -5%", Usage(Name.ALERT)),
        ("/alert BTC -100%", Usage(Name.ALERT)),
        ("/alert BTC up 67000", Usage(Name.ALERT)),
        ("/alert BTC 1,000", Unclear(Name.ALERT, "1,000", ("1000", "1.0000"))),
        ("/alert BTC above 1,000", Unclear(Name.ALERT, "1,000", ("1000", "1.0000"))),
        ("/alerts", Plain(Name.ALERTS)),
        ("/mute btc off", MuteSymbol("BTCUSDT", timedelta(0))),
        ("/why 12", ShowReasons(12)),
        ("/why #12", ShowReasons(12)),
        (f"/why {2**62}", ShowReasons(2**62)),
        (f"/why R{2**62 + 1}", Usage(Name.WHY)),
        ("/why R12", ShowRejection(12)),
        ("/why #r12", ShowRejection(12)),
        ("/why_12", ShowReasons(12)),
        ("/why_R12", ShowRejection(12)),
        ("/why_12@quorum_bot", ShowReasons(12)),
        ("/close_BTCUSDT", ClosePaperTrade("BTCUSDT", None)),
        ("/mute_btc_4h", MuteSymbol("BTCUSDT", timedelta(hours=4))),
        ("/settings_quiet 23-7", change(quiet_from=23 * 60, quiet_until=7 * 60)),
        ("/why", Plain(Name.TODAY)),
        ("/today", Plain(Name.TODAY)),
        ("/readiness", Plain(Name.READINESS)),
        ("/dips", Plain(Name.DIPS)),
        ("/core", Plain(Name.CORE)),
        ("/backtest", Plain(Name.BACKTEST)),
        ("/Profit", Plain(Name.PROFIT)),
        ("/daily@quorum_bot", Plain(Name.DAILY)),
        ("/trades", Plain(Name.TRADES)),
        ("/watch", Plain(Name.WATCH)),
        ("/news", ShowNews(None)),
        ("/news btc", ShowNews("BTCUSDT")),
        ("/news BTC ETH", Usage(Name.NEWS)),
        ("/whales", ShowWhales(None)),
        ("/whales btc", ShowWhales("BTCUSDT")),
        ("/whales BTC ETH", Usage(Name.WHALES)),
        ("/odds", ShowOdds(None)),
        ("/odds btc", ShowOdds("BTCUSDT")),
        ("/odds BTC ETH", Usage(Name.ODDS)),
        ("/mood", Plain(Name.MOOD)),
        ("/mood BTC", Usage(Name.MOOD)),
        ("/settings", Plain(Name.SETTINGS)),
        ("/settings confidence 70%", change(min_confidence=0.7)),
        ("/settings coins eth, BTC", change(coins=["BTCUSDT", "ETHUSDT"])),
        ("/settings coins all", change(coins=[])),
        ("/settings coins XRP", change(coins=["XRPUSDT"])),
        (f"/settings coins {' '.join(map(str, range(100, 200)))}", change(coins=[f"{number}USDT" for number in range(100, 200)])),
        ("/settings mode strong", change(mode="strong")),
        ("/settings hear signals, News", change(classes=["news", "signal"])),
        ("/settings hear trade", change(classes=["trade"])),
        ("/settings hear all", change(classes=[])),
        ("/settings hear trades signals regimes reports news", change(classes=["news", "regime", "report", "signal", "trade"])),
        ("/settings quiet 23-7", change(quiet_from=23 * 60, quiet_until=7 * 60)),
        ("/settings quiet 22:30 - 6:15", change(quiet_from=22 * 60 + 30, quiet_until=6 * 60 + 15)),
        ("/settings quiet 20-24", change(quiet_from=20 * 60, quiet_until=0)),
        ("/settings quiet off", change(quiet_from=None, quiet_until=None)),
        ("/settings language ru", change(language="ru")),
        ("/settings timezone Europe/Moscow", change(zone="Europe/Moscow")),
        ("/settings timezone europe/moscow", change(zone="Europe/Moscow")),
        ("/settings budget 5", change(budget=5)),
        ("/settings cooldown 8h", change(cooldown_minutes=480)),
        ("/btc", Unknown("BTCUSDT")),
        ("btc", Unknown("BTCUSDT")),
        ("good morning", Unknown(None)),
        ("help me", Unknown(None)),
        ("", Unknown(None)),
    ],
)
def test_command_is_read(text: str, expected: Command) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (Name.HELP, ["me"]),
        (Name.STATUS, ["now"]),
        (Name.TOP, ["0", "31", "ten", "-1", "5 5", "٣"]),
        (Name.SIGNAL, ["", "BTC ETH", "USDT", "б", "A" * 40]),
        (Name.CHART, ["", "BTC 2h", "BTC 1h 1h"]),
        (Name.PORTFOLIO, ["all"]),
        (
            Name.TRADE,
            [
                "",
                "BTC",
                "BTC long",
                "BTC up 100",
                "BTC long 0",
                "BTC long -5",
                "BTC long NaN",
                "BTC long 1e9",
                "BTC long 9999999999999",
            ],
        ),
        (Name.CLOSE, ["", "BTC zero", "BTC 1 2", "BTC 0"]),
        (Name.MUTE, ["", "BTC 4", "BTC 0h", "BTC 99d", "BTC 4h 4h"]),
        (Name.WHY, ["x", "0", "1 2", "9" * 30, "R", "R0", "rr1", "BTC", "X12"]),
        (Name.TODAY, ["12"]),
        (Name.READINESS, ["now"]),
        (Name.BACKTEST, ["now"]),
        (Name.TRADES, ["BTC"]),
        (Name.WATCH, ["BTC"]),
        (
            Name.SETTINGS,
            [
                "sound",
                "sound loud",
            ],
        ),
    ],
)
def test_wrong_input_is_usage(name: Name, arguments: list[str]) -> None:
    for argument in arguments:
        assert parse(f"/{name} {argument}") == Usage(name), argument


@pytest.mark.parametrize(
    "argument",
    [
        *preferences.NAMES,
        "confidence 101",
        "confidence x",
        "coins !",
        f"coins {' '.join(map(str, range(101)))}",
        "mode loud",
        "quiet 25-7",
        "quiet 7-7",
        "quiet 24-7",
        "quiet 7:60-9",
        "quiet 7-9:60",
        "language de",
        "language ru en",
        "timezone Mars/Base",
        "timezone Europe/Moscow UTC",
        "timezone ../etc/passwd",
        "timezone /etc/passwd",
        "hear answers",
        "hear all news",
        "hear Xnews",
        "budget -1",
        "budget 1001",
        "budget 5 5",
        "cooldown soon",
        "cooldown 4h 4h",
    ],
)
def test_wrong_setting_is_usage_of_that_setting(argument: str) -> None:
    assert parse(f"/settings {argument}") == Usage(Name.SETTINGS, argument.split()[0])


def test_setting_that_is_changed_is_named() -> None:
    command = parse("/settings Budget 5")
    assert isinstance(command, ChangeSetting)
    assert command.name == "budget"


@pytest.mark.parametrize(
    "policy",
    [
        Policy(1),
        Policy(
            1,
            language=Language.RU,
            zone="Europe/Moscow",
            strong_only=True,
            min_confidence=0.65,
            coins=frozenset({"BTCUSDT", "ETHUSDT"}),
            classes=frozenset({AlertClass.SIGNAL, AlertClass.TRADE}),
            quiet=(1380, 420),
            budget=3,
            cooldown=timedelta(0),
        ),
        Policy(1, quiet=(1350, 375), budget=1000, cooldown=timedelta(days=30)),
        Policy(1, cooldown=timedelta(hours=700)),
        Policy(1, cooldown=timedelta(minutes=90)),
    ],
)
def test_every_line_of_the_settings_can_be_sent_back_as_it_is(policy: Policy) -> None:
    shown = texts.settings(policy, Words(), datetime(2024, 3, 5, tzinfo=UTC)).text
    lines = [line for line in shown.split("\n") if line[0] == "/"]
    assert [line.split()[0].removeprefix("/settings_") for line in lines] == [
        "hear", "confidence", "coins", "mode", "quiet", "timezone", "language", "budget", "cooldown",
    ]  # fmt: skip
    values: dict[str, object] = {}
    for line in lines:
        command = parse(line)
        assert isinstance(command, ChangeSetting), line
        values |= dict(command.preference.values)
    start, end = policy.quiet or (None, None)
    assert values == {
        "classes": sorted(policy.classes),
        "min_confidence": policy.min_confidence,
        "coins": sorted(policy.coins),
        "mode": "strong" if policy.strong_only else "all",
        "quiet_from": start,
        "quiet_until": end,
        "language": policy.language.value,
        "zone": policy.zone,
        "budget": policy.budget,
        "cooldown_minutes": policy.cooldown.total_seconds() / 60,
    }


@pytest.mark.parametrize(
    ("amount", "readings"),
    [
        ("1,000", ("1000", "1.0000")),
        ("1.000", ("1000", "1.0000")),
        ("$1,234", ("1234", "1.2340")),
        ("67.500", ("67500", "67.5000")),
        ("100.000", ("100000", "100.0000")),
        ("01.000", ("1000", "1.0000")),
        ("0,100", ("100", "0.1000")),
    ],
)
def test_amount_that_may_mean_thousands_is_asked_again_with_both_meanings(amount: str, readings: tuple[str, str]) -> None:
    assert parse(f"/trade BTC long {amount}") == Unclear(Name.TRADE, amount, readings)
    for reading in readings:
        assert isinstance(parse(f"/trade BTC long {reading}"), OpenPaperTrade)


@pytest.mark.parametrize(
    ("amount", "value"),
    [("1000", "1000"), ("1000.000", "1000"), ("0.100", "0.1"), ("1.00", "1"), ("1,5", "1.5"), ("1.0000", "1")],
)
def test_amount_with_one_meaning_is_taken(amount: str, value: str) -> None:
    assert parse(f"/trade BTC long {amount}") == OpenPaperTrade("BTCUSDT", "long", Decimal(value))


@pytest.mark.parametrize("amount", ["+1.000", "$$1.000", "1_000", "1e3", "１.000", "1.000.000", "-5", "5.", "$", "NaN"])
def test_amount_that_is_no_plain_number_is_not_guessed(amount: str) -> None:
    assert parse(f"/trade BTC long {amount}") == Usage(Name.TRADE)
    assert parse(f"/close BTC {amount}") == Usage(Name.CLOSE)


def test_price_is_read_as_messages_show_it_and_asked_again_with_a_comma() -> None:
    assert parse("/close XRP 1.234") == ClosePaperTrade("XRPUSDT", Decimal("1.234"))
    assert parse("/close BTC 67,500") == Unclear(Name.CLOSE, "67,500", ("67500", "67.5000"))


def test_unclear_number_is_named_with_both_meanings() -> None:
    assert texts.unclear(Name.TRADE, "1.000", ("1000", "1.0000"), Words()) == (
        "“1.000” may mean 1000 or 1.0000: nothing was done. Write /trade again with one of these."
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/help@quorum_bot", "quorum_bot"),
        ("/trade@other BTC long 1", "other"),
        (" /help@one@two", "one@two"),
        ("/trade BTC@other long 1", None),
        ("/help", None),
        ("a@b", None),
        ("", None),
        (" ", None),
    ],
)
def test_addressee_of_a_command(text: str, name: str | None) -> None:
    assert addressee(text) == name


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("/trade btc buy 100", "buy"),
        ("/trade btc long ten", "ten"),
        ("/trade btc long", None),
        ("/trade btc up 1,000", "up"),
        ("/alert btc ABOVE", None),
        ("/alert btc up 67000", "up"),
        ("/alert btc 67000 now", "now"),
        ("/alert btc -5% now", "now"),
        ("/alert btc above -5%", "-5%"),
        ("/chart BTC 2h", "2h"),
        ("/mute BTC 5", "5"),
        ("/close BTC -1", "-1"),
        ("/top many", "many"),
        ("/why x", "x"),
        ("/signal BTC ETH", "ETH"),
        ("/status now", "now"),
        ("/settings sound loud", "sound"),
        ("/settings mode loud", "loud"),
        ("/settings quiet 25 - 7", "25 - 7"),
        ("/settings mode", None),
    ],
)
def test_usage_names_what_did_not_fit(text: str, wrong: str | None) -> None:
    usage = parse(text)
    assert isinstance(usage, Usage)
    assert usage.wrong == wrong


def test_usage_is_one_line_in_both_languages() -> None:
    assert texts.usage(Name.CHART, Words(), wrong="<2h>") == (
        "“&lt;2h&gt;” does not fit here. Write /chart BTCUSDT 1h: a coin, then 5m, 15m, 1h, 4h or 1d"
    )
    assert texts.usage(Name.SETTINGS, Words(), wrong="x") == (
        "“x” is no setting. Write one of hear, confidence, coins, mode, quiet, timezone, language, budget, cooldown, "
        "e.g. /settings confidence 70"
    )
    assert "\n" not in texts.usage(Name.SETTINGS, Words(Language.RU), wrong="x")
    assert texts.usage(Name.STATUS, Words(Language.RU), wrong="now").startswith("«now» сюда не подходит. Напишите /status")
