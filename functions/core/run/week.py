"""Set the shares of the weekly allocation when they are due, trade its account, and raise the message: once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from functions.core.answers import Code, CoreSet, CoreWeek
from functions.core.run.account import read_account, rebalance
from functions.core.run.show import describe, shares_held
from functions.core.store import Allocation, newest_allocation, write_allocation
from functions.dips.run.days import PATIENCE, WatchedDays, read_days, read_gate_days
from functions.market.candles.timeframe import Timeframe
from functions.outbox import tell
from functions.paper.accounts import CORE
from functions.paper.run.rules import rules_of
from functions.paper.run.stopping import guarded
from functions.paper.settling.exact import plain
from functions.paper.settling.market_orders import stale_reason
from functions.paper.store import account as accounts
from functions.paper.store import market
from functions.settings import Settings
from functions.technical.core.weights import CoreRules, core_of_days
from functions.technical.dips.rules import DipRules
from functions.technical.dips.survey import DipSurvey, gate_at

LIFE = timedelta(hours=36)  # the shares are good for a week
DIGITS = 6


def set_shares(at: datetime, settings: Settings, database: Engine) -> CoreSet:
    """Set the shares of the newest daily close if they are due and were not set; what is known too little of is waited for."""
    day = Timeframe.D1.floor(at)
    with database.connect() as connection:
        newest = newest_allocation(connection, at)
        code = None if newest and newest.day >= day else _due(connection, newest, day, settings)
        if code is None:
            return CoreSet(as_of=at, set=False, week=None)
        quote = market.read_quotes(connection, [settings.gate_symbol]).get(settings.gate_symbol)
        if reason := stale_reason(quote, settings.gate_symbol, at):
            return CoreSet(as_of=at, set=False, waiting=reason, week=None)
        days = read_days(connection, day, settings, at)
    if days.late and at < day + PATIENCE:
        return CoreSet(as_of=at, set=False, waiting=f"daily candles of {', '.join(days.late[:5])}", week=None)
    survey = days.survey(DipRules(gate_symbol=settings.gate_symbol))
    if survey is None or int(survey.closes[-1]) != _milliseconds(day):
        return CoreSet(as_of=at, set=False, waiting=f"the daily candle of {settings.gate_symbol}", week=None)
    with database.begin() as connection:
        account_id = accounts.lock_account(connection, CORE.name, rules_of(settings, CORE).start, at)
        if sentence := guarded(connection, CORE, account_id, at):
            return CoreSet(as_of=at, set=False, waiting=sentence, week=None)
        earlier = newest_allocation(connection, at)
        if earlier is not None and earlier.day >= day:  # another call was first
            return CoreSet(as_of=at, set=False, week=None)
        week = _set(connection, account_id, code, (days, survey), at, settings)
        _tell(connection, week)
    return CoreSet(as_of=at, set=True, week=week)


def _due(connection: Connection, newest: Allocation | None, day: datetime, settings: Settings) -> Code | None:
    """Return why the shares are due: the gate turned, or a Sunday's close has come since they were set last."""
    days = read_gate_days(connection, day, settings.gate_symbol).candles
    if not len(days.open_time):
        return None
    rules = DipRules(gate_symbol=settings.gate_symbol)
    close = np.array([_milliseconds(day)], dtype=np.int64)
    gate, strength = gate_at(days, close, rules)
    if newest is None:
        return "start"
    if np.isnan(strength[0]):  # the newest daily candle is not stored yet
        return None
    if bool(gate[0]) != newest.figures["gate"]:
        return "gate_opened" if gate[0] else "gate_closed"
    week = day - timedelta(days=(day.weekday() - CoreRules().weekday) % 7)
    return "week" if newest.day < week else None


def _set(
    connection: Connection, account_id: int, code: Code, known: tuple[WatchedDays, DipSurvey], at: datetime, settings: Settings
) -> CoreWeek:
    """Trade the account to the shares of the newest close, and write them down."""
    days, survey = known
    rules = CoreRules(gate_symbol=settings.gate_symbol)
    row = survey.symbols.index(rules.gate_symbol)
    of_days = core_of_days(survey.close, days.turnover, days.coins, survey.gate, row, rules)
    btc, basket = float(of_days.shares.btc[-1]), float(of_days.shares.basket[-1])
    coins = sorted(survey.symbols[place] for place in np.flatnonzero(of_days.members[:, -1])) if basket else []
    before = read_account(connection, account_id, at)
    done = rebalance(
        connection, account_id, _targets(btc, basket, coins, rules), at, rules_of(settings, CORE), settings.gate_symbol
    )
    swing = float(of_days.shares.swing[-1])
    figures: dict[str, Any] = {
        "gate": bool(survey.gate[-1]),
        "target": {"btc": round(btc, DIGITS), "basket": round(basket if coins else 0.0, DIGITS)},
        "before": shares_held(before, rules.gate_symbol).model_dump(),
        "coins": coins,
        "swing": None if np.isnan(swing) else round(swing, DIGITS),
        "traded": plain(done.traded),
        "costs": plain(done.fees),
        "left": done.left,
    }
    allocation = Allocation(days.day, code, figures, at)
    write_allocation(connection, allocation)
    return describe(connection, allocation, read_account(connection, account_id, at), at, settings)


def _targets(btc: float, basket: float, coins: list[str], rules: CoreRules) -> Mapping[str, Decimal]:
    shares = {rules.gate_symbol: btc, **dict.fromkeys(coins, basket / max(len(coins), 1))}
    return {name: Decimal(repr(round(share, DIGITS))) for name, share in shares.items() if share > 0}


def _tell(connection: Connection, week: CoreWeek) -> None:
    """Raise the alert `core_week` in the caller's transaction, once a setting."""
    tell(connection, key=f"core_week:{week.day.date().isoformat()}", kind="core_week", event=week, life=LIFE)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
