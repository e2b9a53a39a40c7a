"""Place the dip orders of an evening, once, when the daily candles are stored; say which, or why there is none."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, text

from functions.dips.answers import Code, DipEvening, DipOrderRow, Dips, DipsPlaced, EndedOrderRow
from functions.dips.run.alerts import tell_evening
from functions.dips.run.days import PATIENCE, read_days
from functions.dips.run.desk import dip_key, place_for_desk, waits_for_score
from functions.dips.run.orders import order_rows, wanted_dips
from functions.market.candles.timeframe import Timeframe
from functions.paper import portfolio
from functions.paper.accounts import DESK, DIPS
from functions.paper.run.desk import settle
from functions.paper.run.rules import rules_of
from functions.paper.run.stopping import stopped_accounts
from functions.paper.store import account as accounts
from functions.paper.store import market, resting
from functions.paper.store.resting import Evening, RestingOrder
from functions.settings import Settings
from functions.technical.dips.rules import DipRules
from functions.technical.dips.survey import DipSurvey

LATEST = timedelta(hours=1)  # an order that is placed later is not the one that was tested
SHOWN = 10
_FILL_DAYS = text("""
    SELECT count(DISTINCT date_trunc('day', ended_at, 'UTC')) FROM resting_order
    JOIN paper_account ON paper_account.id = account_id WHERE state = 'filled' AND name = :account AND ended_at <= :as_of
""")


def place(at: datetime, settings: Settings, database: Engine) -> DipsPlaced:
    """Place the orders of the newest daily close, unless that was done; what waits from before it ends."""
    day = Timeframe.D1.floor(at)
    with database.connect() as connection:
        earlier = resting.newest_evening(connection, at)
        if earlier is not None and earlier.day >= day:
            return DipsPlaced(as_of=at, placed=False, evening=_shown(connection, earlier, settings))
        days = read_days(connection, day, settings, at)
        waits = waits_for_score(connection, day, at)
    if (days.late or waits) and at < day + PATIENCE:
        waiting = f"daily candles of {', '.join(days.late[:5])}" if days.late else "the score of the daily close"
        return DipsPlaced(as_of=at, placed=False, waiting=waiting, evening=None)
    settle(at, settings, database)  # what the day before came down to at its end
    rules = DipRules(gate_symbol=settings.gate_symbol)
    survey = days.survey(rules)
    code = _code(survey, at, day)
    with database.begin() as connection:
        account_id = accounts.lock_account(connection, DIPS.name, settings.paper_start, at)
        if desk := accounts.find_account(connection, DESK.name):  # before its orders, as whoever fills them
            accounts.hold_account(connection, desk)
        known = accounts.account_ids(connection)
        stopped = [known[name] for name in stopped_accounts(connection, known, at)]
        ended = ("expired", day) if code in ("orders", "no_coin") else ("cancelled", day, code)
        resting.end_older(connection, day, *ended, stopped=stopped)
        wanted = wanted_dips(survey, days.pairs, rules) if survey and code == "orders" else []
        held = {trade.symbol for trade in accounts.open_trades(connection, account_id)}
        rows = order_rows(wanted, account_id, held, day, at, rules)
        code = "no_coin" if code == "orders" and not rows else code
        evening = Evening(day, code, _figures(survey, rules), at)
        if not resting.write_evening(connection, evening):
            return DipsPlaced(as_of=at, placed=False, evening=None)
        resting.place_orders(connection, rows)
        place_for_desk(connection, wanted, day, at, settings, rules)
        shown = _shown(connection, evening, settings)
        tell_evening(connection, shown)
    return DipsPlaced(as_of=at, placed=True, evening=shown)


def show(at: datetime, settings: Settings, connection: Connection) -> Dips:
    """Show the orders of now and those that were filled or cancelled last."""
    evening = resting.newest_evening(connection, at)
    ended = [one for one in resting.newest_orders(connection, DIPS.name, at, 200) if one.state != "expired"][:SHOWN]
    return Dips(
        as_of=at,
        evening=_shown(connection, evening, settings) if evening else None,
        ended=[EndedOrderRow.model_validate({**_ended(one), "limit": one.price}) for one in ended],
        fill_days=connection.scalar(_FILL_DAYS, {"account": DIPS.name, "as_of": at}) or 0,
    )


def _ended(order: RestingOrder) -> dict[str, Any]:
    """Return what is shown of an order that has ended, but its limit."""
    return {name: getattr(order, name) for name in ("symbol", "day", "state", "code", "ended_at")}


def _code(survey: DipSurvey | None, at: datetime, day: datetime) -> Code:
    newest = int(day.timestamp() * 1000)
    if at >= day + LATEST:
        return "too_late"
    if survey is None or int(survey.closes[-1]) != newest or np.isnan(survey.strength[-1]):
        return "gate_unknown"
    if not survey.gate[-1]:
        return "gate_closed"
    return "orders" if survey.strong[-1] else "btc_weak"


def _figures(survey: DipSurvey | None, rules: DipRules) -> dict[str, Any]:
    strength = None if survey is None or np.isnan(survey.strength[-1]) else round(float(survey.strength[-1]), 6)
    return {"strength": strength, "needed": rules.strength}


def _shown(connection: Connection, evening: Evening, settings: Settings) -> DipEvening:
    """Return an evening with the orders of it that still wait, the nearest first."""
    account_id = accounts.find_account(connection, DIPS.name)
    placed = [one for one in resting.placed_orders(connection) if one.account == DIPS.name and one.day == evening.day]
    held = accounts.open_trades(connection, account_id)
    quotes = market.read_quotes(connection, [trade.symbol for trade in held])
    book = accounts.read_book(connection, account_id) if account_id else None
    equity = settings.paper_start
    if book is not None:
        equity = portfolio.value_account(book, portfolio.value_trades(held, quotes, evening.placed_at)).equity
    limits = rules_of(settings, DIPS).admission.limits
    desk = resting.day_of_account(connection, DESK.name, evening.day)
    rows = [_row(one, float(equity * limits.share(one.price, one.stop)), desk=one.symbol in desk) for one in placed]
    return DipEvening.model_validate(
        {
            "day": evening.day,
            "code": evening.code,
            "strength": evening.figures.get("strength"),
            "needed": evening.figures.get("needed") or 0.0,
            "orders": sorted(rows, key=lambda row: -row.distance),
            "refused": resting.refused_by_code(connection, DESK.name, dip_key(evening.day, "")),
        }
    )


def _row(order: RestingOrder, size: float, *, desk: bool) -> DipOrderRow:
    return DipOrderRow(
        id=order.id,
        symbol=order.symbol,
        limit=order.price,
        distance=round(float(order.price / order.close) - 1.0, 6),
        stop=order.stop,
        targets=list(order.targets),
        size=round(size, 2),
        desk=desk,
    )
