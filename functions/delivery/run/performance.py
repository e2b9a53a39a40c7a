"""Answers about how the accounts did: readiness, profit, days, trades."""

from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from functions.delivery.inbox.commands import Name
from functions.delivery.messages.texts.paper import performance as texts
from functions.delivery.messages.texts.paper.performance import AccountFigures, DayChange, EndedTrade
from functions.delivery.messages.words import Html, Words
from functions.paper.accounts import DESK, MANUAL
from functions.paper.store import reports
from functions.performance.metrics.equity import total_return
from functions.performance.metrics.summary import measure
from functions.performance.run.history import DAY, read_history
from functions.performance.run.readiness import assess_desk
from functions.performance.store import account as store
from functions.settings import Settings

SHOWN_DAYS = 7
SHOWN_TRADES = 15
TOLD = (DESK.name, MANUAL.name)  # shadows are told in comparisons alone


def told(name: Name, connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return the answer to one of these commands."""
    match name:
        case Name.READINESS:
            return readiness(connection, at, settings, words)
        case Name.PROFIT:
            return profit(connection, at, settings, words)
        case Name.DAILY:
            return daily(connection, at, settings, words)
        case _:
            return trades(connection, at, words)


def readiness(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return how far the desk is from the plan."""
    return texts.readiness(assess_desk(connection, settings.gate_symbol, at), at, words)


def profit(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return what the desk and the trader's own account earned."""
    histories = [read_history(connection, name, at, settings.gate_symbol) for name in TOLD]
    accounts = [
        AccountFigures(
            name=history.account.name,
            days=len(history.midnights),
            opened_at=history.account.opened_at,
            figures=measure(history.track),
            btc=total_return(history.btc) if len(history.btc) and not np.isnan(history.btc).all() else None,
        )
        for history in histories
        if history
    ]
    return texts.profit(accounts, words)


def daily(connection: Connection, at: datetime, settings: Settings, words: Words) -> Html:
    """Return what each of the last days did to the desk and to the trader's own account."""
    told: dict[str, list[DayChange]] = {}
    for name in TOLD:
        history = read_history(connection, name, at, settings.gate_symbol, at - SHOWN_DAYS * DAY)
        if history is None:
            continue
        before = np.concatenate(([history.track.start], history.track.equity[:-1]))
        told[name] = [
            DayChange(
                day=midnight - DAY,
                change=float(equity - earlier),
                share=float(equity / earlier - 1),
                trades=sum(midnight - DAY < one.closed_at <= midnight for one in history.positions),
            )
            for midnight, equity, earlier in zip(history.midnights, history.track.equity, before, strict=True)
        ]
    return texts.daily(told, words)


def trades(connection: Connection, at: datetime, words: Words) -> Html:
    """Return the trades of both that ended last."""
    opened = {account.name: account for account in reports.opened_accounts(connection, at)}
    ended = [
        EndedTrade(account.name, one.symbol, one.side, one.closed_at, float(one.profit), one.r)
        for account in (opened[name] for name in TOLD if name in opened)
        for one in store.closed_positions(connection, account.id, account.opened_at, at, newest=SHOWN_TRADES)
    ]
    return texts.trades(sorted(ended, key=lambda trade: trade.closed_at, reverse=True)[:SHOWN_TRADES], words)
