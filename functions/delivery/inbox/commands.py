"""Read what a trader writes to the bot into one value for each command; a command written wrongly becomes `Usage`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from functions.delivery.inbox import preferences, values
from functions.delivery.inbox.preferences import Preference
from functions.delivery.inbox.price_alerts import RemovePriceAlert, SetPriceAlert, is_place, read_price_alert
from functions.delivery.inbox.values import read_amount, read_price, read_span
from functions.market.candles.timeframe import Timeframe
from functions.pairs import read_symbol

MOST_TOP = 30
_ADDRESSED = re.compile(r"\s*/[^\s@]*@(\S*)")
_SIDES: Mapping[str, Literal["long", "short"]] = {"long": "long", "short": "short"}


class Name(StrEnum):
    """The commands; what `/help` lists, in this order."""

    START = "start"
    HELP = "help"
    STATUS = "status"
    TOP = "top"
    SIGNAL = "signal"
    CHART = "chart"
    PORTFOLIO = "portfolio"
    TRADE = "trade"
    CLOSE = "close"
    SETTINGS = "settings"
    MUTE = "mute"
    ALERT = "alert"
    ALERTS = "alerts"
    WHY = "why"
    SCORE = "score"
    WHALES = "whales"
    ODDS = "odds"
    TODAY = "today"
    WATCH = "watch"
    NEWS = "news"
    MOOD = "mood"
    TRADES = "trades"
    PROFIT = "profit"
    DAILY = "daily"
    READINESS = "readiness"
    DIPS = "dips"
    CORE = "core"
    BACKTEST = "backtest"


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments.

    start, help, status, portfolio, settings, today, watch, mood, trades, profit, daily, readiness, backtest, dips, core.
    """

    name: Name


@dataclass(frozen=True, slots=True)
class ShowTop:
    """The best coins of the newest screening, or of one that is made anew."""

    count: int
    anew: bool = False


@dataclass(frozen=True, slots=True)
class ShowSignal:
    """What the desk thinks of one coin."""

    symbol: str


@dataclass(frozen=True, slots=True)
class ShowNews:
    """What is written of one coin; of the market without one."""

    symbol: str | None


@dataclass(frozen=True, slots=True)
class ShowChart:
    """A picture of one coin."""

    symbol: str
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class OpenPaperTrade:
    """A paper trade for `notional` USDT."""

    symbol: str
    side: Literal["long", "short"]
    notional: Decimal


@dataclass(frozen=True, slots=True)
class ClosePaperTrade:
    """The end of a paper trade, at the latest price or at the one named."""

    symbol: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class MuteSymbol:
    """No signals of one coin for a while; a span of zero ends it."""

    symbol: str
    span: timedelta


@dataclass(frozen=True, slots=True)
class ShowReasons:
    """The reasons of one signal."""

    signal_id: int


@dataclass(frozen=True, slots=True)
class ShowRejection:
    """Why one setup became no signal."""

    rejection_id: int


@dataclass(frozen=True, slots=True)
class ShowWhales:
    """Large transactions of one coin, or of all."""

    symbol: str | None


@dataclass(frozen=True, slots=True)
class ShowOdds:
    """What prediction markets say of one coin, or of all."""

    symbol: str | None


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """One setting of the chat."""

    preference: Preference
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """A known command written wrongly, or a known `setting`: the answer says what did not fit and how to write it."""

    name: Name
    setting: str | None = None
    wrong: str | None = field(default=None, compare=False)  # the first word that does not fit; None when one is missing


@dataclass(frozen=True, slots=True)
class Unclear:
    """A command with a number that may be read in two ways; `readings` are both, as they are written without a doubt."""

    name: Name
    text: str
    readings: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No command of ours; `symbol` when it may be a coin, as in `/btc`."""

    symbol: str | None


Command = (
    Plain
    | ShowTop
    | ShowSignal
    | ShowNews
    | ShowChart
    | OpenPaperTrade
    | ClosePaperTrade
    | MuteSymbol
    | SetPriceAlert
    | RemovePriceAlert
    | ShowReasons
    | ShowWhales
    | ShowOdds
    | ShowRejection
    | ChangeSetting
    | Usage
    | Unclear
    | Unknown
)


def parse(text: str) -> Command:
    """Read a message; never raises."""
    words = text.split()
    if not words:
        return Unknown(None)
    first = words[0].removeprefix("/").partition("@")[0]
    spelled, *tapped = first.split("_")  # Telegram links a command up to its first space: `/why_12` can be tapped, `/why 12` not
    try:
        name = Name(spelled.lower())
    except ValueError:
        return Unknown(read_symbol(first) if len(words) == 1 else None)
    if not words[0].startswith("/"):
        return Unknown(None)
    arguments = [*filter(None, tapped), *words[1:]]
    return _read(name, arguments) or Usage(name, wrong=_wrong(name, arguments))


def addressee(text: str) -> str | None:
    """Return the bot that a command names, as in `/help@quorum_bot`; None when it names none."""
    match = _ADDRESSED.match(text)
    return match[1] if match else None


def _read(name: Name, words: list[str]) -> Command | None:
    """Read a command's arguments; one that has no reader takes none."""
    if name in _READERS:
        return _READERS[name](words)
    return None if words else Plain(name)


def _start(_words: list[str]) -> Command | None:
    return Plain(Name.START)  # Telegram adds a payload of its own to links


def _top(words: list[str]) -> Command | None:
    if not words:
        return ShowTop(10)
    if [word.lower() for word in words] == ["now"]:
        return ShowTop(10, anew=True)
    number = _number(words[0], MOST_TOP) if len(words) == 1 else None
    return ShowTop(number) if number else None


def _signal(words: list[str]) -> Command | None:
    symbol = _only_symbol(words)
    return ShowSignal(symbol) if symbol else None


def _news(words: list[str]) -> Command | None:
    symbol = _only_symbol(words)
    return ShowNews(symbol) if symbol or not words else None


def _chart(words: list[str]) -> Command | None:
    symbol = read_symbol(words[0]) if len(words) in (1, 2) else None
    try:
        timeframe = Timeframe(words[1].lower()) if len(words) == 2 else Timeframe.H1
    except ValueError:
        return None
    return ShowChart(symbol, timeframe) if symbol else None


def _trade(words: list[str]) -> Command | None:
    if len(words) != 3:
        return None
    symbol, side, notional = read_symbol(words[0]), _SIDES.get(words[1].lower()), read_amount(words[2])
    if symbol is None or side is None or notional is None:
        return None
    if isinstance(notional, values.UnclearNumber):
        return Unclear(Name.TRADE, words[2], notional.readings)
    return OpenPaperTrade(symbol, side, notional)


def _close(words: list[str]) -> Command | None:
    symbol = read_symbol(words[0]) if len(words) in (1, 2) else None
    price = read_price(words[1]) if len(words) == 2 else None
    if symbol is None or (len(words) == 2 and price is None):
        return None
    if isinstance(price, values.UnclearNumber):
        return Unclear(Name.CLOSE, words[1], price.readings)
    return ClosePaperTrade(symbol, price)


def _mute(words: list[str]) -> Command | None:
    symbol = read_symbol(words[0]) if len(words) in (1, 2) else None
    span = read_span(words[1]) if len(words) == 2 else timedelta(hours=4)
    return MuteSymbol(symbol, span) if symbol and span is not None else None


def _alert(words: list[str]) -> Command | None:
    asked = read_price_alert(words)
    return Unclear(Name.ALERT, words[-1], asked.readings) if isinstance(asked, values.UnclearNumber) else asked


def _why(words: list[str]) -> Command | None:
    """Read `12`, a signal, or `R12`, a rejection; nothing asks why there was no signal today."""
    if not words:
        return Plain(Name.TODAY)
    written = words[0].lstrip("#").lower()
    number = _number(written.removeprefix("r"), 2**62) if len(words) == 1 else None
    if number is None:
        return None
    return ShowRejection(number) if written.startswith("r") else ShowReasons(number)


def _whales(words: list[str]) -> Command | None:
    symbol = _only_symbol(words)
    return ShowWhales(symbol) if symbol or not words else None


def _odds(words: list[str]) -> Command | None:
    symbol = _only_symbol(words)
    return ShowOdds(symbol) if symbol or not words else None


def _only_symbol(words: list[str]) -> str | None:
    return read_symbol(words[0]) if len(words) == 1 else None


def _settings(words: list[str]) -> Command | None:
    if not words:
        return Plain(Name.SETTINGS)
    name = words[0].lower()
    preference = preferences.read(name, words[1:])
    if preference:
        return ChangeSetting(preference, name)
    if name not in preferences.NAMES:
        return Usage(Name.SETTINGS, wrong=words[0])
    return Usage(Name.SETTINGS, name, wrong=" ".join(words[1:]) or None)


def _wrong(name: Name, words: list[str]) -> str | None:
    """Return the first word that does not fit its place in a command; None when all of them do."""
    fits = _ARGUMENTS.get(name, ())
    for place, word in enumerate(words):
        if place >= len(fits) or not fits[place](word):
            return word
    return None


def _number(text: str, most: int) -> int | None:
    """Return a whole number from 1 to `most`."""
    if not re.fullmatch(r"[0-9]{1,19}", text):
        return None
    return number if 1 <= (number := int(text)) <= most else None


_READERS: Mapping[Name, Callable[[list[str]], Command | None]] = {
    Name.START: _start,
    Name.TOP: _top,
    Name.SIGNAL: _signal,
    Name.CHART: _chart,
    Name.TRADE: _trade,
    Name.CLOSE: _close,
    Name.SETTINGS: _settings,
    Name.MUTE: _mute,
    Name.ALERT: _alert,
    Name.WHY: _why,
    Name.WHALES: _whales,
    Name.ODDS: _odds,
    Name.NEWS: _news,
}
# Whether a word fits its place, for the commands that take any.
_ARGUMENTS: Mapping[Name, tuple[Callable[[str], object], ...]] = {
    Name.TOP: (lambda word: word.lower() == "now" or _number(word, MOST_TOP),),
    Name.SIGNAL: (read_symbol,),
    Name.CHART: (read_symbol, lambda word: word.lower() in set(Timeframe)),
    Name.TRADE: (read_symbol, lambda word: word.lower() in _SIDES, read_amount),
    Name.CLOSE: (read_symbol, read_price),
    Name.ALERT: (read_symbol, is_place),
    Name.MUTE: (read_symbol, lambda word: read_span(word) is not None),
    Name.WHY: (lambda word: _why([word]),),
    Name.WHALES: (read_symbol,),
    Name.ODDS: (read_symbol,),
    Name.NEWS: (read_symbol,),
}
