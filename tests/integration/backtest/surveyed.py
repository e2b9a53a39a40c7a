"""What the live line stored beside what the backtest's survey computes for the same closes."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from functions.backtest.engine.setups import survey
from functions.backtest.engine.signals import judge_setups
from functions.backtest.rules import BacktestRules
from functions.backtest.sources.database import history_of_database, readings_of_database
from functions.market.candles.gaps import from_ms, to_ms
from functions.scoring.filters import Rejection
from functions.technical.setups.signal import Plan, plan

Said = dict[tuple[str, str, datetime], tuple[Any, ...]]
COOLDOWN = Rejection.COOLDOWN.value
_SETUPS = """
    SELECT s.symbol, s.timeframe, s.close_time, s.direction, s.entry, s.stop, s.targets, r.failed,
           coalesce(g.score, r.score) AS score, coalesce(g.confidence, r.confidence) AS confidence
    FROM setup AS s LEFT JOIN rejection AS r USING (symbol, timeframe, close_time)
         LEFT JOIN signal AS g USING (symbol, timeframe, close_time)
    WHERE s.close_time > :since AND s.close_time <= :until
"""
_PRICES = "SELECT symbol, close_time, close FROM technical_state WHERE timeframe = '15m' AND close_time > :since"


def said_live(engine: Engine, since: datetime, until: datetime) -> Said:
    """Return every setup that the live line stored and how it was judged.

    A pair that rests after a signal is noted beside other failed checks live, and alone in a backtest: only alone it counts.
    """
    with engine.connect() as connection:
        rows = connection.execute(text(_SETUPS), {"since": since, "until": until}).all()
    said = {}
    for row in rows:
        failed = row.failed or 0
        failed = failed if failed == COOLDOWN else failed & ~COOLDOWN
        levels = (row.direction, row.entry, row.stop, tuple(row.targets))
        said[row.symbol, row.timeframe, row.close_time] = (*levels, failed, row.score, row.confidence)
    return said


def said_by_survey(engine: Engine, rules: BacktestRules, since: datetime, until: datetime) -> tuple[Said, dict[Any, float]]:
    """Return every setup that the backtest finds at the same closes and how it is judged, and the price of each coin at each."""
    first, after = since + timedelta(milliseconds=1), until + timedelta(milliseconds=1)
    with engine.connect() as connection:
        history = history_of_database(connection, (), rules.score.setups.gate_symbol, since, until)
        readings = readings_of_database(connection, history.symbols, since, until)
    coins = np.array([pair.tradable for pair in history.pairs], dtype=np.bool_)
    seen = survey(history, readings, coins, (to_ms(first), to_ms(after)), rules.score)
    found, judged = seen.setups, judge_setups(seen.setups, rules.score)
    said: Said = {}
    for number in range(len(found)):
        row, sign = int(found.row[number]), int(found.setups.direction[number, 0])
        laid = plan(sign, float(found.close[number]), float(found.distance[number]), history.pairs[row].tick, rules.score.setups)
        assert isinstance(laid, Plan)
        levels = ("LONG" if sign > 0 else "SHORT", laid.entry, laid.stop, laid.targets)
        judgement = (int(judged.failed[number]), float(judged.score[number]), float(judged.confidence[number]))
        timeframe = "1h" if found.hourly[number] else "15m"
        said[history.symbols[row], timeframe, from_ms(int(found.said_at[number]))] = (*levels, *judgement)
    closes = [from_ms(int(close)) for close in seen.closes]
    prices = {
        (symbol, close): float(seen.field.price[row, column])
        for row, symbol in enumerate(history.symbols)
        for column, close in enumerate(closes)
    }
    return said, prices


def prices_live(engine: Engine, since: datetime) -> dict[Any, float]:
    """Return the price that each coin was scanned at, by coin and close."""
    with engine.connect() as connection:
        return {(row.symbol, row.close_time): row.close for row in connection.execute(text(_PRICES), {"since": since})}
