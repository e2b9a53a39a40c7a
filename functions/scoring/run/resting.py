"""Judge resting orders by what is known at their daily close: the same checks, factors and consensus as of every setup."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from functions.factors.reading import MARKET
from functions.factors.store import reading_grids
from functions.scoring.factor_grids import factor_grids
from functions.scoring.judge import FoundSetup, Judgement, judge
from functions.scoring.rules import ScoreRules
from functions.scoring.run.around import Around
from functions.technical.closes.backlog import PATIENCE


def judge_resting(
    connection: Connection, setups: Sequence[FoundSetup], close: datetime, as_of: datetime, rules: ScoreRules
) -> list[Judgement]:
    """Judge the orders of one daily close, by what was known a minute after it at most.

    No earlier signal of its pair keeps an order waiting: the pause between two trades of a pair is asked for when it fills.
    """
    if not setups:
        return []
    known_at = min(as_of, close + PATIENCE)
    moment = (known_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    names = [setup.symbol for setup in setups]
    readings = reading_grids(connection, [*names, MARKET], np.array([moment], dtype=np.int64))
    factors = factor_grids(readings, (len(names), 1), rules)
    around = Around.read(connection, setups, [close], rules)
    market = replace(around.market(setups, 0), minutes_since_signal=np.full(len(setups), np.inf))
    return judge(setups, factors, market, rules)
