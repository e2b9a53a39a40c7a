"""Carry out a command and answer it. Paper trades are made first, under a key of their own; the rest is one transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine

from functions.core.run.show import show as core_now
from functions.delivery.inbox import commands
from functions.delivery.inbox.buttons import under_portfolio
from functions.delivery.inbox.commands import Command, Name
from functions.delivery.inbox.price_alerts import RemovePriceAlert, SetPriceAlert
from functions.delivery.inbox.updates import Asked
from functions.delivery.messages.chart import FEWEST_CANDLES
from functions.delivery.messages.message import CAPTION_LIMIT, Message, shorten
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.texts import reports
from functions.delivery.messages.texts.paper import core as core_texts
from functions.delivery.messages.texts.paper import dips as dip_texts
from functions.delivery.messages.texts.paper import trades
from functions.delivery.messages.words import Html, Language, Words, lines
from functions.delivery.outbox.policy import Policy
from functions.delivery.run import acting, backtest, context, mood, performance, price_alerts, scores
from functions.delivery.run.record import track_record
from functions.delivery.store import chats, facts
from functions.dips.run import place as dips
from functions.errors import QuorumError
from functions.market.candles.freshness import candles_late
from functions.market.candles.timeframe import Timeframe
from functions.paper.requests import CloseRequest, OpenRequest
from functions.paper.run import desk as paper
from functions.paper.settling.position import Side
from functions.screener import store as screener
from functions.screener.answers import LIFE as SCREENING_LIFE
from functions.screener.run import Occasion, key_of, ranked_picks, screen
from functions.settings import Settings
from functions.status import store as status
from functions.status.beats import late_parts

DEAD_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, and when.

    Args:
        now: wall time.
        at: market time.
        key: of what was asked; the same when it comes again.
        asked: who asks, where.
        since: wall time when it was asked, or the earliest at which it may have been; None when nobody knows.
        language: of the person's Telegram.
    """

    settings: Settings
    engine: Engine
    policy: Policy
    now: datetime
    at: datetime
    key: str
    asked: Asked
    since: datetime | None = None
    language: Language = Language.EN

    @property
    def words(self) -> Words:
        """Return the words of the chat."""
        return self.policy.words


def act(command: Command, situation: Situation) -> Message | None:
    """Make the paper trade that a command asks for, or look at the account; a repetition changes nothing.

    What was opened or closed is told by an alert of its own; the answer here is only why it was not.
    """
    if refusal := _refusal(command, situation):
        return Message(refusal)
    try:
        match command:
            case commands.OpenPaperTrade(symbol, side, notional):
                order = OpenRequest(
                    request_id=situation.key, symbol=symbol, side=Side(side), notional=notional, chat=situation.policy.chat_id
                )
                paper.open_trade(order, situation.settings, situation.engine)
            case commands.ClosePaperTrade(symbol, price):
                end = CloseRequest(request_id=situation.key, symbol=symbol, price=price, chat=situation.policy.chat_id)
                paper.close_trade(end, situation.settings, situation.engine)
            case commands.Plain(Name.PORTFOLIO):
                portfolio = paper.show_portfolio(situation.settings, situation.engine)
                symbols = [trade.symbol for trade in portfolio.open]
                text = trades.portfolio(portfolio.model_dump(mode="json"), situation.words)
                return Message(text, buttons=under_portfolio(symbols, situation.words))
    except QuorumError as error:
        return Message(situation.words.problem(error))
    return None


def _refusal(command: Command, situation: Situation) -> Html | None:
    """Say why no trade is made of a command; None when one is, or none was asked for."""
    if not isinstance(command, commands.OpenPaperTrade | commands.ClosePaperTrade):
        return None
    words = situation.words
    if refusal := acting.not_a_trader(situation.asked, situation.settings, words):
        return refusal
    if isinstance(command, commands.ClosePaperTrade) and command.price is not None:
        return None
    with situation.engine.connect() as connection:
        minutes = acting.too_late(situation.since, situation.key, situation.now, connection)
    if minutes is None:
        return None
    return words.say(
        "Nothing was traded: you wrote this {minutes} min ago, and the latest price is another one now. "
        "Write it again if you still want it.",
        minutes=minutes,
    )


def answer(command: Command, situation: Situation, connection: Connection) -> Message | None:
    """Do what a command asks for in the caller's transaction, and return the answer; None when `act` has said it all."""
    words = situation.words
    match command:
        case commands.Plain(Name.BACKTEST):
            return backtest.newest(connection, situation.now, situation.at, words)
        case commands.Plain(Name.ALERTS):
            return price_alerts.show_alerts(situation.policy.chat_id, words, connection)
        case commands.Plain(name):
            return _plain(name, situation, connection)
        case commands.MuteSymbol(symbol, span):
            return Message(_mute(symbol, span, situation, connection))
        case SetPriceAlert():
            return _set_price_alert(command, situation, connection)
        case RemovePriceAlert(number):
            return Message(price_alerts.remove(number, situation.policy.chat_id, situation.at, words, connection))
        case commands.ChangeSetting():
            return _change(command, situation, connection)
        case commands.Usage(name, setting, wrong):
            return Message(texts.usage(name, words, setting, wrong))
        case commands.Unclear(name, text, readings):
            return Message(texts.unclear(name, text, readings, words))
        case _:
            return _shown(command, situation, connection)


def _shown(command: Command, situation: Situation, connection: Connection) -> Message | None:
    """Return what a question asks to see."""
    words = situation.words
    match command:
        case commands.ShowTop():
            return Message(top(command, situation, connection))
        case commands.ShowSignal(symbol):
            return show_signal(symbol, situation, connection)
        case commands.ShowNews(symbol):
            return Message(news(symbol, situation, connection))
        case commands.ShowChart(symbol, timeframe):
            return chart(symbol, timeframe, situation, connection)
        case commands.ShowReasons(signal_id):
            return Message(scores.why_signal(connection, signal_id, situation.at, words))
        case commands.ShowRejection(rejection_id):
            return Message(scores.why_rejected(connection, rejection_id, situation.at, words))
        case commands.ShowWhales() | commands.ShowOdds():
            return Message(context.show(command, situation.settings, situation.at, words, connection))
        case commands.Unknown(symbol):
            if symbol and facts.is_known(connection, symbol):
                return show_signal(symbol, situation, connection)
            return None if situation.asked.group else Message(texts.unknown(words))  # it may be meant for others there
        case _:
            return None


def show_signal(symbol: str, situation: Situation, connection: Connection) -> Message:
    """Return the live signal of a symbol, or its score and why there is none."""
    if not facts.is_known(connection, symbol):
        return _unknown_symbol(symbol, situation.words)
    return scores.coin(connection, symbol, situation.at, situation.settings, situation.words)


def news(symbol: str | None, situation: Situation, connection: Connection) -> Html:
    """Return what is written of a coin, or of the market."""
    if symbol and not facts.is_known(connection, symbol):
        return _unknown_symbol(symbol, situation.words).text
    return mood.news(connection, symbol, situation.at, situation.words)


def chart(
    symbol: str, timeframe: Timeframe, situation: Situation, connection: Connection, signal_id: int | None = None
) -> Message:
    """Return a picture of a symbol, with the close that it ends at."""
    words = situation.words
    if not facts.is_known(connection, symbol):
        return _unknown_symbol(symbol, words)
    closes = facts.newest_closes(connection, symbol, timeframe, situation.at, FEWEST_CANDLES)
    if len(closes) < FEWEST_CANDLES:
        return Message(
            words.say(
                "{symbol} {timeframe}: too few candles for a picture. Pairs that are not watched have daily ones only.",
                symbol=symbol,
                timeframe=timeframe.value,
            )
        )
    caption = words.say(
        "<b>{symbol}</b> {timeframe}, {moment}", symbol=symbol, timeframe=timeframe.value, moment=words.moment(closes[0])
    )
    if late := candles_late(closes[0], timeframe, situation.at):
        caption = words.count("{caption}: {number} candle late", "{caption}: {number} candles late", late, caption=caption)
    missing = words.say("{caption}: the picture is not available", caption=caption)
    query = {"timeframe": timeframe.value, **words.query, **({"signal": signal_id} if signal_id else {})}
    return Message(missing, shorten(caption, CAPTION_LIMIT), f"/charts/{symbol}.png?{urlencode(query)}")


def _plain(name: Name, situation: Situation, connection: Connection) -> Message | None:
    words = situation.words
    match name:
        case Name.START:
            chats.greet(connection, situation.policy.chat_id, situation.language)
            policy = chats.read_policy(connection, situation.policy.chat_id, situation.now)
            return Message(texts.welcome(policy.words), keyboard=not situation.asked.group)
        case Name.HELP:
            return Message(texts.help_text(words), keyboard=not situation.asked.group)
        case Name.STATUS:
            return Message(_status(situation, connection))
        case Name.SETTINGS:
            return texts.settings(situation.policy, words, situation.now)
        case Name.READINESS | Name.PROFIT | Name.DAILY | Name.TRADES:
            return Message(performance.told(name, connection, situation.at, situation.settings, words))
        case Name.DIPS | Name.CORE:
            return Message(_rule_of_its_own(name, situation, connection))
        case Name.TODAY | Name.WATCH:
            tell = scores.today if name is Name.TODAY else scores.watch_list
            return Message(tell(connection, situation.at, situation.settings, words))
        case Name.SCORE:
            return Message(track_record(connection, situation.at, situation.settings, words))
        case Name.MOOD:
            return Message(mood.mood(connection, situation.at, words))
        case _:
            return None


def _rule_of_its_own(name: Name, situation: Situation, connection: Connection) -> Html:
    """Return what dip orders or the weekly allocation do now."""
    if name is Name.DIPS:
        shown = dips.show(situation.at, situation.settings, connection)
        return dip_texts.dips(shown.model_dump(mode="json"), situation.words)
    allocation = core_now(situation.at, situation.settings, connection)
    return core_texts.core(allocation.model_dump(mode="json"), situation.words)


def _status(situation: Situation, connection: Connection) -> Html:
    beats = status.heartbeats(connection)
    late = late_parts(beats, situation.now)
    workflows = status.workflow_states(connection, beats, situation.now)
    desk = {
        "as_of": situation.at,
        "gate": scores.gate(connection, situation.at, situation.settings, situation.words),
        "parts": [{"part": beat.part, "at": beat.at, "late": beat.part in late} for beat in beats],
        "workflows": [{"name": one.name, "state": one.state} for one in workflows],
        "candles": [
            {"timeframe": timeframe, "at": at, "symbols": count, "late": candles_late(at, timeframe, situation.at) > 0}
            for timeframe, at, count in status.newest_closes(connection, situation.at)
        ],
        "outbox": status.outbox_counts(connection, situation.now, situation.policy.chat_id),
        "dead": facts.dead_letters(connection, DEAD_SHOWN, situation.policy.chat_id),
        **status.counts(connection, situation.at - timedelta(hours=24)),
    }
    return texts.status(desk, situation.words)


def screen_now(situation: Situation) -> None:
    """Screen all pairs, once a minute at most; it takes as long as the exchange does.

    Raises:
        RetryLater: the exchange does not answer.
    """
    screen(situation.settings, situation.engine, key_of(Occasion.NOW, situation.at, None), situation.at)


def top(command: commands.ShowTop, situation: Situation, connection: Connection) -> Html:
    """Return the best coins of the newest screening, or the largest ones while there is none."""
    words, run = situation.words, screener.newest_run(connection, situation.at)
    gate = scores.gate(connection, situation.at, situation.settings, words)
    if run is None:
        coins = reports.largest(facts.largest_coins(connection, command.count), situation.at, gate, words)
    else:
        ranked = ranked_picks(connection, run, situation.at)[: command.count]
        picks = [{**asdict(one.pick), "rank": one.rank, "reasons": one.reasons} for one in ranked]
        coins = reports.top(picks, run.as_of, gate, words, stale=situation.at - run.as_of > SCREENING_LIFE)
    if not command.anew:
        return coins
    announcement = words.say("All pairs are being screened: the new list follows. Until then the newest one:")
    return shorten(lines(announcement, "", coins))


def _set_price_alert(command: SetPriceAlert, situation: Situation, connection: Connection) -> Message:
    words = situation.words
    if not facts.is_known(connection, command.symbol):
        return _unknown_symbol(command.symbol, words)
    if minutes := acting.too_late(situation.since, situation.key, situation.now, connection):
        return Message(
            words.say(
                "No alert is set: you wrote this {minutes} min ago, and the price may have passed. Write it again.",
                minutes=minutes,
            )
        )
    chat_id = situation.policy.chat_id
    return price_alerts.set_alert(command, chat_id, situation.settings, situation.at, words, connection)


def _mute(symbol: str, span: timedelta, situation: Situation, connection: Connection) -> Html:
    if not facts.is_known(connection, symbol):
        return _unknown_symbol(symbol, situation.words).text
    until = situation.now + span if span else None
    chats.set_mute(connection, situation.policy.chat_id, symbol, until)
    return texts.muted(symbol, until, situation.words)


def _change(command: commands.ChangeSetting, situation: Situation, connection: Connection) -> Message:
    values = dict(command.preference.values)
    coins = values.get("coins")
    if isinstance(coins, list) and (unknown := facts.unknown_symbols(connection, coins)):
        return _unknown_symbol(unknown[0], situation.words)
    chats.change(connection, situation.policy.chat_id, values)
    policy = chats.read_policy(connection, situation.policy.chat_id, situation.now)
    return texts.changed(policy, command.name, policy.words)


def _unknown_symbol(symbol: str, words: Words) -> Message:
    return Message(words.say("{symbol} is not a pair of the exchange. /top shows some that are.", symbol=symbol))
