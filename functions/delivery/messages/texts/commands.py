"""Answers to commands: help, how to write one, the chat's settings, how the desk is."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.delivery.inbox.buttons import Button, writing
from functions.delivery.inbox.commands import Name
from functions.delivery.inbox.preferences import NAMES, class_names
from functions.delivery.inbox.values import span_text
from functions.delivery.messages.message import TEXT_LIMIT, Message, fit
from functions.delivery.messages.words import Html, Language, Words, lines
from functions.delivery.outbox.policy import Policy


def usage(name: Name, words: Words, setting: str | None = None, wrong: str | None = None) -> Html:
    """Return in one line how to write a command, or one setting, after what did not fit if that is known."""
    if name is Name.SETTINGS and wrong and not setting:
        return words.say(
            "“{text}” is no setting. Write one of {names}, e.g. /settings confidence 70",
            text=wrong[:_SHOWN],
            names=", ".join(NAMES),
        )
    how = _SETTING_USAGE[setting](words) if setting else _USAGE[name](words)
    return how if wrong is None else words.say("“{text}” does not fit here. {how}", text=wrong[:_SHOWN], how=how)


_SHOWN = 60  # characters of a word that did not fit
_USAGE: Mapping[Name, Callable[[Words], Html]] = {
    Name.START: lambda words: words.say("Write /start"),
    Name.HELP: lambda words: words.say("Write /help"),
    Name.STATUS: lambda words: words.say("Write /status"),
    Name.TOP: lambda words: words.say("Write /top 10: how many coins, 1 to 30; or /top now"),
    Name.SIGNAL: lambda words: words.say("Write /signal BTCUSDT: a coin, one only"),
    Name.CHART: lambda words: words.say("Write /chart BTCUSDT 1h: a coin, then 5m, 15m, 1h, 4h or 1d"),
    Name.PORTFOLIO: lambda words: words.say("Write /portfolio"),
    Name.TRADE: lambda words: words.say("Write /trade BTCUSDT long 100: a coin, long or short, how many USDT"),
    Name.CLOSE: lambda words: words.say("Write /close BTCUSDT or /close BTCUSDT 67500: a coin, and the price if not the latest"),
    Name.SETTINGS: lambda words: words.say("Write /settings confidence 70, and so on: /settings alone shows every setting"),
    Name.MUTE: lambda words: words.say("Write /mute BTCUSDT 4h: a coin, then 30m, 4h, 2d or off"),
    Name.ALERT: lambda words: words.say(
        "Write /alert BTC 67000 or /alert BTC -5%: a coin, and a price or how far from now; /alert remove 3 ends alert 3"
    ),
    Name.ALERTS: lambda words: words.say("Write /alerts"),
    Name.SCORE: lambda words: words.say("Write /score"),
    Name.WHY: lambda words: words.say("Write /why 12: the number of a signal; R12 for a rejection; /why alone for today"),
    Name.WHALES: lambda words: words.say("Write /whales or /whales BTC: a coin, one only"),
    Name.ODDS: lambda words: words.say("Write /odds or /odds BTC: a coin, one only"),
    Name.TODAY: lambda words: words.say("Write /today"),
    Name.TRADES: lambda words: words.say("Write /trades"),
    Name.PROFIT: lambda words: words.say("Write /profit"),
    Name.DAILY: lambda words: words.say("Write /daily"),
    Name.READINESS: lambda words: words.say("Write /readiness"),
    Name.DIPS: lambda words: words.say("Write /dips"),
    Name.CORE: lambda words: words.say("Write /core"),
    Name.BACKTEST: lambda words: words.say("Write /backtest"),
    Name.WATCH: lambda words: words.say("Write /watch"),
    Name.NEWS: lambda words: words.say("Write /news BTC: a coin, one only; /news alone is of the market"),
    Name.MOOD: lambda words: words.say("Write /mood"),
}


_SETTING_USAGE: Mapping[str, Callable[[Words], Html]] = {
    "hear": lambda words: words.say(
        "Write /settings hear signals trades: what comes by itself, also regimes, reports, news; or all"
    ),
    "confidence": lambda words: words.say("Write /settings confidence 70: the least percentage, 0 to 100"),
    "coins": lambda words: words.say("Write /settings coins BTC ETH: these coins only; or all"),
    "mode": lambda words: words.say("Write /settings mode strong: only signals of more than 70%; or all"),
    "quiet": lambda words: words.say("Write /settings quiet 23-7: hours without signals, also 22:30-6:15; or off"),
    "timezone": lambda words: words.say("Write /settings timezone Europe/Moscow: a continent and a city; or UTC"),
    "language": lambda words: words.say("Write /settings language ru: en or ru"),
    "budget": lambda words: words.say("Write /settings budget 10: signal messages a day, 0 to 1000"),
    "cooldown": lambda words: words.say("Write /settings cooldown 4h: between two signals of a coin, 30m, 4h, 2d or off"),
}


def unclear(name: Name, text: str, readings: tuple[str, str], words: Words) -> Html:
    """Return which number of a command is not clear, and how to write either of its meanings."""
    whole, part = readings
    return words.say(
        "“{text}” may mean {whole} or {part}: nothing was done. Write /{command} again with one of these.",
        text=text,
        whole=whole,
        part=part,
        command=name.value,
    )


def help_text(words: Words) -> Html:
    """Return every command with what it does."""
    say = words.say
    return lines(
        say("<b>Quorum</b> scores every coin each 15 minutes and speaks only when three or more factors agree."),
        say("Its confidence is an agreement, no probability. It never places a real order."),
        "",
        say("/status – how the desk is"),
        say("/top 10 – the best coins of the newest screening, and why"),
        say("/top now – all pairs screened anew"),
        say("/signal BTCUSDT – the score of a coin: what each factor says, and the signal if there is one"),
        say("/chart BTCUSDT 1h – a picture of a coin"),
        say("/score – how good the signals were, beside random entries, the accounts and BTC"),
        say("/portfolio – the paper account"),
        say("/trade BTCUSDT long 100 – a paper trade for 100 USDT"),
        say("/close BTCUSDT – close the paper trade at the latest price, or at a price you add"),
        say("/settings – which signals come, when and how many; language and time zone"),
        say("/mute BTCUSDT 4h – no signals of a coin for a while"),
        say("/alert BTC 67000 – word within seconds when a coin comes to a price; /alert BTC -5% too"),
        say("/alerts – the price alerts that wait"),
        say("/profit – what the desk and you earned on paper, and how"),
        say("/daily – what each of the last days did"),
        say("/trades – the paper trades that ended last"),
        say("/readiness – how far the desk is from real money, and how much of it is luck"),
        say("/backtest – what the newest backtest gave, beside random entries and BTC"),
        say("/dips – orders that wait under the market, and what became of them"),
        say("/core – how much in Bitcoin, other coins and cash this week, and what that fell at worst"),
        say("/today – why there were signals or none in 24 hours"),
        say("/watch – setups that were rejected and are not over"),
        say("/news BTC – what is written of a coin; /news alone of the market"),
        say("/mood – how the market feels"),
        say("/why 12 – what signal 12 stands on; /why R12 – why setup R12 was rejected"),
        say("/whales BTC – large transactions, and what flows to exchanges"),
        say("/odds BTC – what prediction markets say"),
    )


def menu(words: Words) -> dict[Name, Html]:
    """Return what each command does, in a line that stands alone."""
    say = words.say
    return {
        Name.STATUS: say("How the desk is, and what waits"),
        Name.TOP: say("The best coins of the newest screening, and why"),
        Name.SIGNAL: say("The score of a coin, and what each factor says"),
        Name.CHART: say("A picture of a coin"),
        Name.SCORE: say("How good the signals were, in five lines"),
        Name.PORTFOLIO: say("The paper account and its open trades"),
        Name.TRADE: say("Open a paper trade, e.g. /trade BTCUSDT long 100"),
        Name.CLOSE: say("Close a paper trade, e.g. /close BTCUSDT"),
        Name.SETTINGS: say("Which messages come, when and how many"),
        Name.MUTE: say("No signals of a coin for a while"),
        Name.ALERT: say("Word when a coin comes to a price, e.g. /alert BTC 67000"),
        Name.ALERTS: say("The price alerts that wait"),
        Name.WHY: say("What a signal stands on, or why a setup was rejected"),
        Name.TRADES: say("The paper trades that ended last"),
        Name.PROFIT: say("What the desk and you earned on paper"),
        Name.DAILY: say("What each of the last days did"),
        Name.READINESS: say("How far the desk is from real money"),
        Name.DIPS: say("Orders that wait under the market, and what became of them"),
        Name.CORE: say("Shares of Bitcoin, other coins and cash this week"),
        Name.BACKTEST: say("What the newest backtest gave"),
        Name.TODAY: say("Why there were signals or none today"),
        Name.WATCH: say("Setups that were rejected and are not over"),
        Name.NEWS: say("What is written of a coin, with source and age"),
        Name.MOOD: say("How the market feels, and where that is from"),
        Name.WHALES: say("Large transactions, and what flows to exchanges"),
        Name.ODDS: say("What prediction markets say"),
        Name.HELP: say("Every command with what it does"),
        Name.START: say("A welcome, in your language"),
    }


def welcome(words: Words) -> Html:
    """Return the first answer a person gets."""
    return lines(words.say("Welcome. Signals come here by themselves."), "", help_text(words))


def unknown(words: Words) -> Html:
    """Return the answer to what is no command."""
    return words.say("I do not know that. /help lists what I understand.")


def settings(policy: Policy, words: Words, now: datetime) -> Message:
    """Return the settings of a chat, each as it is written to change it; buttons turn the most wanted ones."""
    head = [
        words.say("<b>Settings</b>: tap a line to see what it takes, write it with another value to change it"),
        *(_setting(name, policy, words) for name in NAMES),
    ]
    active = {symbol: until for symbol, until in sorted(policy.mutes.items()) if until > now}
    muted = [words.say("🔕 {symbol} until {until}", symbol=symbol, until=words.moment(until)) for symbol, until in active.items()]
    return Message(fit(head, muted, [], TEXT_LIMIT), buttons=_turning(policy, words))


def changed(policy: Policy, name: str, words: Words) -> Message:
    """Return the setting of this name as it is now, and the buttons that turn the most wanted ones."""
    text = words.say("✅ {setting}. /settings shows all of them.", setting=_setting(name, policy, words))
    return Message(text, buttons=_turning(policy, words))


def _setting(name: str, policy: Policy, words: Words) -> Html:
    """Return one setting as it is written to change it."""
    match name:
        case "hear":
            return words.say("/settings_hear {classes}", classes=class_names(policy.classes) or "all")
        case "confidence":
            return words.say("/settings_confidence {percent}", percent=round(policy.min_confidence * 100))
        case "coins":
            return words.say("/settings_coins {coins}", coins=" ".join(sorted(policy.coins)) or "all")
        case "mode":
            return words.say("/settings_mode {mode}", mode="strong" if policy.strong_only else "all")
        case "quiet":
            hours = "off" if policy.quiet is None else "{}-{}".format(*map(_clock, policy.quiet))
            return words.say("/settings_quiet {hours}", hours=hours)
        case "timezone":
            return words.say("/settings_timezone {zone}", zone=policy.zone)
        case "language":
            return words.say("/settings_language {language}", language=policy.language.value)
        case "budget":
            return words.say("/settings_budget {budget}", budget=policy.budget)
        case _:
            return words.say("/settings_cooldown {span}", span=span_text(policy.cooldown))


def _turning(policy: Policy, words: Words) -> tuple[Button, ...]:
    """Return four buttons, each of which turns a setting to what it is not."""
    say = words.say
    strong = ("all", say("All signals")) if policy.strong_only else ("strong", say("💪 Strong only"))
    quiet = ("off", say("🔔 No quiet hours")) if policy.quiet else ("23-7", say("🌙 Quiet 23-7"))
    hear = ("all", say("📰 Everything")) if policy.classes else ("signals trades", say("🔕 Signals, trades only"))
    other = Language.EN if policy.language is Language.RU else Language.RU
    return (
        writing(strong[1], f"/settings mode {strong[0]}"),
        writing(quiet[1], f"/settings quiet {quiet[0]}"),
        writing(hear[1], f"/settings hear {hear[0]}"),
        writing(_OWN_NAMES[other], f"/settings language {other.value}"),
    )


_OWN_NAMES = {Language.EN: "English", Language.RU: "Русский"}


def status(facts: Mapping[str, Any], words: Words) -> Html:
    """Return how the desk is: its parts, its candles, what waits and what was given up."""
    say = words.say
    outbox = facts["outbox"]
    head = [
        say("<b>Status</b>, {moment}", moment=words.moment(facts["as_of"])),
        facts["gate"],
        words.count("{number} signal in 24 h", "{number} signals in 24 h", facts["signals_24h"]),
        words.count("{number} gap in the candles", "{number} gaps in the candles", facts["open_gaps"]),
        say(
            "Messages: {pending} waiting, {delivered} delivered, {held} held back, {dead} given up, {expired} too late",
            **{name: outbox.get(name, 0) for name in ("pending", "delivered", "held", "dead", "expired")},
        ),
    ]
    body: list[Html] = []
    for part in facts["parts"]:
        ok = say("✅ {part}", part=part["part"])
        body.append(
            say("❌ {part}: last seen {moment}", part=part["part"], moment=words.moment(part["at"])) if part["late"] else ok
        )
    for row in facts["workflows"]:
        if row["state"] == "stopped":
            body.append(say("❌ the workflow {name} does not run", name=row["name"]))
        elif row["state"] == "fails":
            body.append(say("❌ the workflow {name} fails", name=row["name"]))
        elif row["state"] == "off":
            body.append(say("▫️ the workflow {name} is turned off", name=row["name"]))
    for row in facts["candles"]:
        reach = {"timeframe": row["timeframe"], "symbols": row["symbols"], "moment": words.moment(row["at"])}
        if row["late"]:
            body.append(say("❌ {timeframe}: {symbols} coins to {moment}, late", **reach))
        else:
            body.append(say("{timeframe}: {symbols} coins to {moment}", **reach))
    body += [say("✉️ not delivered: {error}", error=row["error"]) for row in facts["dead"]]
    return fit([*head, ""], body, [], TEXT_LIMIT)


def budget_used(budget: int, words: Words) -> Html:
    """Return that the day's signals are all said."""
    return words.count(
        "This was the {number} signal message of today: /settings_budget for more.",
        "This was the last of today's {number} signal messages: /settings_budget for more.",
        budget,
    )


def muted(symbol: str, until: datetime | None, words: Words) -> Html:
    """Return that a symbol is muted, or no longer."""
    if until is None:
        return words.say("{symbol} is not muted any more", symbol=symbol)
    return words.say("{symbol} is muted until {until}", symbol=symbol, until=words.moment(until))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
