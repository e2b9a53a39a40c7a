"""Every command, written right and wrong."""

from datetime import timedelta
from decimal import Decimal

import pytest

from functions.delivery.commands import (
    Change,
    CloseTrade,
    Command,
    Mute,
    Name,
    OpenTrade,
    Plain,
    ShowChart,
    ShowSignal,
    Top,
    Unknown,
    Usage,
    Why,
    parse,
)
from functions.delivery.preferences import Preference
from functions.market.candles import Timeframe


def change(**values: object) -> Change:
    return Change(Preference(tuple(values.items())))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Plain(Name.START)),
        ("/start ref_12", Plain(Name.START)),
        ("/help@quorum_bot", Plain(Name.HELP)),
        ("/STATUS", Plain(Name.STATUS)),
        ("/top", Top(10)),
        ("/top NOW", Top(10, anew=True)),
        ("/top@quorum_bot 3", Top(3)),
        ("/signal BTCUSDT", ShowSignal("BTCUSDT")),
        ("  /signal   btc/usdt ", ShowSignal("BTCUSDT")),
        ("/signal #1inch", ShowSignal("1INCHUSDT")),
        ("/chart btc", ShowChart("BTCUSDT", Timeframe.H1)),
        ("/chart BTC 4H", ShowChart("BTCUSDT", Timeframe.H4)),
        ("/portfolio", Plain(Name.PORTFOLIO)),
        ("/trade BTCUSDT long 100", OpenTrade("BTCUSDT", "long", Decimal(100))),
        ("/trade eth SHORT 50,5$", OpenTrade("ETHUSDT", "short", Decimal("50.5"))),
        ("/close btc", CloseTrade("BTCUSDT", None)),
        ("/close BTCUSDT 67500.5", CloseTrade("BTCUSDT", Decimal("67500.5"))),
        ("/mute btc", Mute("BTCUSDT", timedelta(hours=4))),
        ("/mute btc 30m", Mute("BTCUSDT", timedelta(minutes=30))),
        ("/mute btc 2д", Mute("BTCUSDT", timedelta(days=2))),
        ("/mute btc off", Mute("BTCUSDT", timedelta(0))),
        ("/why 12", Why(12)),
        ("/why #12", Why(12)),
        ("/settings", Plain(Name.SETTINGS)),
        ("/settings confidence 70%", change(min_confidence=0.7)),
        ("/settings coins eth, BTC", change(coins=["BTCUSDT", "ETHUSDT"])),
        ("/settings coins all", change(coins=[])),
        ("/settings mode strong", change(mode="strong")),
        ("/settings quiet 23-7", change(quiet_from=23 * 60, quiet_until=7 * 60)),
        ("/settings quiet 22:30 - 6:15", change(quiet_from=22 * 60 + 30, quiet_until=6 * 60 + 15)),
        ("/settings quiet 20-24", change(quiet_from=20 * 60, quiet_until=0)),
        ("/settings quiet off", change(quiet_from=None, quiet_until=None)),
        ("/settings language ru", change(language="ru")),
        ("/settings timezone Europe/Moscow", change(zone="Europe/Moscow")),
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
        (Name.WHY, ["", "x", "0", "1 2", "9" * 30]),
        (
            Name.SETTINGS,
            [
                "sound",
                "confidence",
                "confidence 101",
                "confidence x",
                "coins",
                "coins !",
                "mode loud",
                "quiet 25-7",
                "quiet 7-7",
                "quiet 7:60-9",
                "language de",
                "timezone Mars/Base",
                "timezone ../etc/passwd",
                "timezone /etc/passwd",
                "budget -1",
                "cooldown soon",
            ],
        ),
    ],
)
def test_wrong_input_is_usage(name: Name, arguments: list[str]) -> None:
    for argument in arguments:
        assert parse(f"/{name} {argument}") == Usage(name), argument


@pytest.mark.parametrize("amount", ["1,000", "67,500", "$1,234", "0,100"])
def test_comma_before_three_digits_may_mean_thousands_and_is_asked_again(amount: str) -> None:
    assert parse(f"/trade BTC long {amount}") == Usage(Name.TRADE)
    assert parse(f"/close BTC {amount}") == Usage(Name.CLOSE)
