"""Dip orders in the desk's own account: those that pass the score, its filters and the consensus, like every setup.

What does not pass is a refusal of the desk with its reasons. So the two accounts beside each other say what that adds or costs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from functions.dips.run.orders import WantedDip, order_rows
from functions.market.candles.timeframe import Timeframe
from functions.market.store.candle_grids import read_range
from functions.paper.accounts import DESK
from functions.paper.ideas import TradeIdea
from functions.paper.run.stopping import guarded
from functions.paper.settling.position import ExitLevels, Side
from functions.paper.store import account as accounts
from functions.paper.store import ideas, resting
from functions.paper.trade import Idea
from functions.scoring.judge import Judgement
from functions.scoring.resting import resting_setup
from functions.scoring.run.resting import judge_resting
from functions.scoring.run.settings import rules_of
from functions.scoring.store import answers
from functions.settings import Settings
from functions.technical.dips.rules import DipRules
from functions.technical.engine.span import LONGEST
from functions.technical.engine.week import week_before

QUARTER = Timeframe.M15


def waits_for_score(connection: Connection, day: datetime, at: datetime) -> bool:
    """Tell whether the daily close is not scored yet by a desk that has scored closes lately."""
    newest = answers.newest_scored(connection, at)
    return newest is not None and day - timedelta(days=1) <= newest < day


def place_for_desk(
    connection: Connection, wanted: Sequence[WantedDip], day: datetime, at: datetime, settings: Settings, rules: DipRules
) -> None:
    """Place those that the desk's score lets through, in the caller's transaction, and write down why not the others."""
    if not wanted:
        return
    account_id = accounts.lock_account(connection, DESK.name, settings.paper_start, at)
    if guarded(connection, DESK, account_id, at):
        return
    judged = _judged(connection, wanted, day, at, settings, rules)
    passed = [dip for dip, judgement in zip(wanted, judged, strict=True) if not judgement.failed]
    held = {trade.symbol for trade in accounts.open_trades(connection, account_id)}
    resting.place_orders(connection, order_rows(passed, account_id, held, day, at, rules))
    for dip, judgement in zip(wanted, judged, strict=True):
        if judgement.failed:
            reasons = [(why.code.value, {name: str(value) for name, value in why.parameters}) for why in judgement.reasons]
            ideas.write_refusal(connection, account_id, _idea(dip, day, rules), reasons, at)


def _judged(
    connection: Connection, wanted: Sequence[WantedDip], day: datetime, at: datetime, settings: Settings, rules: DipRules
) -> list[Judgement]:
    names = tuple(dip.symbol for dip in wanted)
    quarters = read_range(connection, QUARTER, names, day - LONGEST * QUARTER.span, QUARTER.last_closed(day))
    ratios = np.full(len(names), np.nan)
    if len(quarters.open_time) and quarters.open_time[-1] == int(QUARTER.last_closed(day).timestamp() * 1000):
        ratios = week_before(quarters, 1).range_ratio[:, -1]
    score = rules_of(settings)
    setups = [
        resting_setup(dip.symbol, day, dip.levels, float(ratio), at, day + rules.life, score)
        for dip, ratio in zip(wanted, ratios, strict=True)
    ]
    return judge_resting(connection, setups, day, at, score)


def dip_key(day: datetime, symbol: str) -> str:
    """Return what a dip order is called as something that an account decides on, e.g. `dip:2024-03-05:SUIUSDT`."""
    return f"dip:{day.date().isoformat()}:{symbol}"


def _idea(dip: WantedDip, day: datetime, rules: DipRules) -> TradeIdea:
    return TradeIdea(
        idea=Idea(dip_key(day, dip.symbol)),
        symbol=dip.symbol,
        side=Side.LONG,
        entry=dip.levels.limit,
        levels=ExitLevels(dip.levels.stop, dip.levels.targets),
        timeframe=Timeframe.D1,
        close_time=day,
        expires_at=day + rules.life,
    )
