"""What a trader asks of the world around the market: large transactions, prediction markets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from functions.delivery.inbox.commands import ShowOdds, ShowWhales
from functions.delivery.messages.texts import odds, whales
from functions.delivery.messages.words import Html, Words
from functions.pairs import QUOTE
from functions.polymarket import store as markets
from functions.polymarket.rules import OddsRules
from functions.settings import Settings
from functions.whales import store
from functions.whales.activity import activities
from functions.whales.flow import Flow
from functions.whales.rules import WhaleRules
from functions.whales.run.flows import day_back, last_end
from functions.whales.run.refresh import is_configured, payload_of
from functions.whales.transaction import WRAPPED

TRANSACTIONS, FLOWS, MARKETS = 5, 8, 10  # that are shown


def show(command: ShowWhales | ShowOdds, settings: Settings, at: datetime, words: Words, connection: Connection) -> Html:
    """Return what one of both commands asks for."""
    if isinstance(command, ShowOdds):
        return show_odds(command.symbol, at, words, connection)
    return show_whales(command.symbol, settings, at, words, connection)


def show_whales(symbol: str | None, settings: Settings, at: datetime, words: Words, connection: Connection) -> Html:
    """Return the newest large transactions of a coin or of all, the net flows of 24 hours, and how busy whales were."""
    if not is_configured(settings):
        return whales.unconfigured(words)
    rules, end = WhaleRules(), last_end(at, WhaleRules())
    coin = symbol.removesuffix(QUOTE) if symbol else None
    hourly = store.flows_between(connection, day_back(at, rules), end, at)
    days: dict[str, Flow] = {}
    for flow in hourly:
        if flow.since >= end - rules.window and coin in (None, flow.coin):
            days[flow.coin] = days[flow.coin] + flow if flow.coin in days else flow
    scores = {one.coin: one.score for one in activities(hourly, end, rules)}
    flows: list[dict[str, Any]] = [
        {"coin": flow.coin, "net": float(flow.net), "moved": float(flow.moved), "score": scores.get(flow.coin)}
        for flow in sorted(days.values(), key=lambda one: -one.moved)[:FLOWS]
    ]
    names = [coin, *(name for name, whole in WRAPPED.items() if whole == coin)] if coin else []
    newest = [payload_of(one) for one in store.newest_transactions(connection, names, TRANSACTIONS, at)]
    return whales.summary(flows, newest, end, words)


def show_odds(symbol: str | None, at: datetime, words: Words, connection: Connection) -> Html:
    """Return what the busiest prediction markets of a coin or of all say, and how that changed in a day."""
    rows = markets.standing(connection, at, OddsRules().window, symbol=symbol, count=MARKETS)
    return odds.standing(rows, symbol, words)
