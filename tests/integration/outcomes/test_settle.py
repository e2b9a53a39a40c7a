"""`POST /outcomes/settle` on a real database: every idea gets its outcome once, whatever was down meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from functions.costs import Costs
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.ideas import SaidIdea, laid_out
from functions.outcomes.results import HORIZONS, measure
from functions.paper.settling.touch import Paths
from tests.integration.outcomes.conftest import Settle, facts, forget, prices
from tests.integration.scoring.conftest import SYMBOLS, count, rows
from tests.unit.technical.making import END, store_candles

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = END + 7 * DAY + HOUR


def hourly(settle: Settle, first: datetime = END - 4 * HOUR, last: datetime = LATER, step: timedelta = 6 * HOUR) -> None:
    at = first
    while at <= last:
        settle(at)
        at += step
    settle(last)


def test_every_idea_has_its_outcome_at_each_horizon(measured: Engine, settle: Settle) -> None:
    ideas = count(measured, "setup")
    answer = settle(LATER)
    assert answer["written"] == {str(hours): ideas for hours in (1, 4, 24, 168)}
    assert (answer["waiting"], answer["more"]) == ({}, False)
    assert rows(measured, "SELECT count(*) FROM outcome WHERE r IS NULL OR best < 0 OR worst > 0") == [(0,)]
    signals = count(measured, "signal")
    assert rows(measured, "SELECT count(DISTINCT signal_id) FROM outcome WHERE code IS NULL") == [(signals,)]
    assert signals == count(measured, "signal_end") > 0
    again = settle(LATER)
    assert (again["written"], again["ended"]) == ({}, [])


def test_outcome_is_that_of_the_candles_after_the_close(measured: Engine, settle: Settle) -> None:
    settle(LATER)
    paths = Paths.of(prices())
    for row in rows(measured, "SELECT * FROM setup"):
        symbol, timeframe, close, version, direction, entry, stop, targets = row[:8]
        sign = 1 if direction == "LONG" else -1
        idea = SaidIdea(symbol, timeframe, close, version, sign, entry, stop, tuple(targets), None, "", 0.0, ())
        said = laid_out([idea], {symbol: SYMBOLS.index(symbol)})
        for number, horizon in enumerate(HORIZONS):
            expected = measure(paths, said, Costs(), horizon)
            found = rows(
                measured,
                """SELECT moved, best, worst, first, r FROM outcome WHERE symbol = :symbol AND timeframe = :timeframe
                   AND close_time = :close AND hours = :hours""",
                symbol=symbol,
                timeframe=timeframe,
                close=close,
                hours=horizon // HOUR,
            )[0]
            wanted = (expected.returns[0, number], *(getattr(expected, name)[0] for name in ("best", "worst", "first", "r")))
            assert found == pytest.approx(wanted, abs=1e-12)


def test_random_entries_stand_beside_what_the_gate_let_through(measured: Engine, settle: Settle) -> None:
    settle(LATER)
    last = rows(measured, "SELECT signal_id, randoms, random_r, random_won FROM outcome WHERE hours = 168")
    signals = [(randoms, r) for number, randoms, r, _ in last if number is not None]
    assert signals
    assert {randoms for randoms, _ in signals} == {5}
    assert len({r for _, r in signals}) > 1
    assert all(won is None or 0 <= won <= 1 for *_, won in last)
    assert rows(measured, "SELECT count(*) FROM outcome WHERE hours < 168 AND randoms > 0") == [(0,)]


def test_an_outage_changes_no_outcome_and_no_end(measured: Engine, settle: Settle) -> None:
    hourly(settle)
    live = facts(measured)
    forget(measured)
    hourly(settle, last=END + 2 * HOUR)
    hourly(settle, first=END + 5 * HOUR)  # nothing ran for three hours
    assert facts(measured) == live
    forget(measured)
    settle(LATER)
    assert facts(measured) == live


def test_what_lacks_candles_waits_and_then_is_as_if_they_had_been_there(judged: Engine, settle: Settle) -> None:
    whole = prices()
    outage = (whole.open_time >= int((END + HOUR).timestamp() * 1000)) & (
        whole.open_time < int((END + 4 * HOUR).timestamp() * 1000)
    )
    with judged.begin() as connection:
        store_candles(connection, whole)
    settle(LATER)
    live = facts(judged)
    forget(judged)
    with judged.begin() as connection:
        connection.execute(
            text("DELETE FROM candle WHERE timeframe = '5m' AND open_time >= :first AND open_time < :last"),
            {"first": END + HOUR, "last": END + 4 * HOUR},
        )
    waiting = settle(LATER)
    assert waiting["waiting"]["168"] > 0
    assert waiting["written"].get("168", 0) + waiting["waiting"]["168"] == count(judged, "setup")
    missed = {name: np.where(outage, getattr(whole, name), np.nan) for name in ("open", "high", "low", "close", "volume")}
    with judged.begin() as connection:
        store_candles(connection, type(whole)(Timeframe.M5, whole.symbols, whole.open_time, *missed.values()))
    settle(LATER)
    assert facts(judged) == live


def test_runs_at_once_write_everything_once(measured: Engine, settle: Settle) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: settle(LATER), range(3)))
    written = [answer["written"].get("168", 0) for answer in answers]
    assert sorted(written)[:2] == [0, 0] or sum(written) == count(measured, "setup")
    assert count(measured, "outcome") == 4 * count(measured, "setup")


def lose(engine: Engine, symbol: str, since: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM candle WHERE timeframe = '5m' AND symbol = :symbol AND open_time >= :since"),
            {"symbol": symbol, "since": since},
        )


def of_last(engine: Engine, symbol: str) -> list[tuple[Any, ...]]:
    return rows(engine, "SELECT r, first, randoms FROM outcome WHERE hours = 168 AND symbol = :symbol", symbol=symbol)


def test_candles_that_never_come_are_said_to_be_unknown_after_two_days(measured: Engine, settle: Settle) -> None:
    symbol = rows(measured, "SELECT symbol FROM setup ORDER BY close_time LIMIT 1")[0][0]
    ideas = rows(measured, "SELECT count(*) FROM setup WHERE symbol = :symbol", symbol=symbol)[0][0]
    lose(measured, symbol, END - 4 * HOUR)
    assert settle(LATER)["waiting"]["168"] >= ideas
    assert of_last(measured, symbol) == []
    with measured.begin() as connection:
        connection.execute(
            text("""INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at)
                    VALUES (:symbol, '5m', :first, :first, 'test', :first)"""),
            {"symbol": symbol, "first": END},
        )
    settle(LATER + 3 * DAY)
    assert of_last(measured, symbol) == []  # somebody still fetches them
    with measured.begin() as connection:
        connection.execute(text("UPDATE gap SET closed_at = :at, resolution = 'filled'"), {"at": END})
    assert settle(LATER + 3 * DAY)["waiting"] == {}
    assert of_last(measured, symbol) == [(None, None, 0)] * ideas


def test_idea_of_a_delisted_pair_ends_at_its_last_price(measured: Engine, settle: Settle) -> None:
    symbol = rows(measured, "SELECT symbol FROM setup WHERE symbol <> 'BTCUSDT' ORDER BY close_time LIMIT 1")[0][0]
    lose(measured, symbol, END + 2 * HOUR)
    assert settle(LATER)["waiting"]["168"] > 0
    with measured.begin() as connection:
        connection.execute(text("UPDATE symbol SET last_seen_at = :at"), {"at": END + 3 * HOUR})
        connection.execute(
            text("UPDATE symbol SET status = 'Delisted', delisted_at = :at, last_seen_at = :at WHERE symbol = :symbol"),
            {"at": END + 2 * HOUR, "symbol": symbol},
        )
    assert settle(LATER)["waiting"] == {}
    assert all(r is not None for r, *_ in of_last(measured, symbol))
