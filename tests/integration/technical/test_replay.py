"""Live equals backtest: candles that arrive one by one through the HTTP function give what the batch gives over all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.history import FactorSource
from functions.factors.reading import Factor
from functions.factors.rules import FactorRules
from functions.factors.store import reading_grids
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse, analyse_history
from functions.technical.engine.history import history_of
from functions.technical.engine.resample import resample
from functions.technical.engine.span import LONGEST
from functions.technical.engine.week import week_before
from functions.technical.factors import MOVES, TRENDS, CandleFactors, candle_factors
from functions.technical.setups.batch import decide_closes, decide_every_close
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, VERSION, SetupRules
from functions.technical.setups.setup import Setup, setup_directions, setup_of
from functions.technical.setups.signal import Neutral, Plan, Signal, plan
from functions.technical.setups.standing import standing_at
from functions.technical.setups.state_row import StateRow, computed_json, has_entry, reasons_of, state_of
from functions.technical.setups.verdict import context_only, indicator_values
from tests.unit.technical.making import END, grid, store_candles, store_symbols
from tests.unit.technical.test_warm_up import PERCENT, PRICES, SETTLED

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT", "CCCUSDT")
TICK = Decimal("0.0001")
STEP = timedelta(minutes=15)
CLOSES = 48
DAYS = 1500
CYCLE = 400  # days from one bottom to the next
STORED = {Timeframe.M15: 3000, Timeframe.H1: 2000, Timeframe.H4: 1500, Timeframe.D1: LONGEST + 30}  # candles kept
RECENT = 200  # days of 15m and 1h: twenty and five windows
MOMENTS = 80
LONGER = (Timeframe.H1, Timeframe.H4, Timeframe.D1)


@pytest.fixture(scope="module")
def market() -> dict[Timeframe, Candles]:
    """Four years of 15m candles that rise and fall, in the end rising, and the longer ones made from them."""
    bars = DAYS * 96
    source = np.random.default_rng(5)
    trend = 0.00007 * np.sin(2 * np.pi * (np.arange(bars) - bars) / (CYCLE * 96) + 2.2)
    closes = 100 * np.exp(np.cumsum(trend + source.normal(0, 0.0025, (len(SYMBOLS), bars)), axis=1))
    volume = source.lognormal(4, 1, closes.shape)
    quarters = grid(Timeframe.M15, np.round(closes, 4), symbols=SYMBOLS, volume=volume, spread=0.001)
    return {Timeframe.M15: quarters, **{timeframe: resample(quarters, timeframe) for timeframe in LONGER}}


def last_bars(candles: Candles, bars: int) -> Candles:
    grids = (getattr(candles, name)[:, -bars:] for name in CANDLE_FIELDS)
    return Candles(candles.timeframe, candles.symbols, candles.open_time[-bars:], *grids)


def replay(client: TestClient, engine: Engine, candles: dict[Timeframe, Candles]) -> None:
    """Store each candle when it closes, and scan."""
    beginning = END - CLOSES * STEP
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        for found in candles.values():
            store_candles(connection, found.until(closed_by(found, beginning)))
    # A first scan at the beginning leaves the states of 4h and 1d that later closes stand on.
    for moment in (beginning + number * STEP for number in range(CLOSES + 1)):
        with engine.begin() as connection:
            for timeframe, found in candles.items():
                count = closed_by(found, moment)
                fresh = count - closed_by(found, moment - STEP)
                if moment > beginning and fresh and timeframe.floor(moment) == moment:
                    store_candles(connection, found.until(count), fresh)
        answer = client.post("/technical/scan", json={"as_of": moment.isoformat()})
        assert answer.status_code == 200, answer.text


def closed_by(candles: Candles, moment: datetime) -> int:
    closes = candles.open_time + candles.timeframe.milliseconds
    return int(np.searchsorted(closes, round(moment.timestamp() * 1000), side="right"))


def states_of(engine: Engine) -> dict[tuple[str, str, datetime], dict[str, Any]]:
    """Every state by what it is about, with its columns."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM technical_state")).mappings()
        return {(row["symbol"], row["timeframe"], row["close_time"]): dict(row) for row in rows}


def columns_of(state: StateRow) -> dict[str, Any]:
    """The columns a state is stored in."""
    own = (
        "symbol",
        "close_time",
        "direction",
        "failed",
        "problem",
        "trend",
        "strength",
        "regime",
        "close",
        "atr",
        "ema50",
        "ema200",
    )
    why = state.reason.as_json()
    return {
        **{name: getattr(state, name) for name in own},
        "timeframe": state.timeframe.value,
        "version": VERSION,
        "reason": why["text"],
        "code": why["code"],
        "params": why["params"],
        "state": state.document,
    }


def setups_of(engine: Engine) -> dict[tuple[str, str, datetime], dict[str, Any]]:
    """Every setup by what it is about, with its columns."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM setup")).mappings()
        return {(row["symbol"], row["timeframe"], row["close_time"]): dict(row) for row in rows}


def setup_columns(setup: Setup) -> dict[str, Any]:
    """The columns a setup is stored in."""
    plan = setup.plan
    return {
        **{name: getattr(setup, name) for name in ("symbol", "close_time", "cost", "range_ratio", "created_at", "expires_at")},
        "timeframe": setup.timeframe.value,
        "version": VERSION,
        "direction": setup.direction.value,
        "entry": plan.entry,
        "stop": plan.stop,
        "targets": list(plan.targets),
        "risk_reward": plan.risk_reward,
        "reasons": [why.as_json() for why in setup.reasons],
    }


def batch_setups(candles: dict[Timeframe, Candles], timeframe: Timeframe) -> Iterator[Setup]:
    """The setups that the batch finds since the replay's beginning."""
    count = closed_by(candles[timeframe], END) - closed_by(candles[timeframe], END - CLOSES * STEP) + 1
    batch = decide_every_close(candles, timeframe, SetupRules(), count)
    directions, week = setup_directions(batch), week_before(candles[timeframe], count)
    for row, column in np.argwhere(directions).tolist():
        way, close, distance = (grid[row, column] for grid in (directions, batch.analysis.close, batch.decisions.distance))
        laid = plan(int(way), float(close), float(distance), TICK, SetupRules())
        if isinstance(laid, Plan):
            moment = datetime.fromtimestamp(int(batch.analysis.close_time[column]) / 1000, UTC)
            yield setup_of(batch, row, column, int(way), laid, float(week.range_ratio[row, column]), moment)


def batch_factors(candles: dict[Timeframe, Candles]) -> CandleFactors:
    """What the batch says of the candles at every close of 15m since the replay's beginning."""
    batch = decide_every_close(candles, Timeframe.M15, SetupRules(), CLOSES + 1)
    hour = standing_at(analyse(candles[Timeframe.H1]), batch.analysis.close_time)
    week = week_before(candles[Timeframe.M15], CLOSES + 1)
    return candle_factors(batch.analysis, batch.day, batch.four_hour, hour, week, FactorRules())


def batch_of(candles: dict[Timeframe, Candles], timeframe: Timeframe) -> Iterator[tuple[StateRow, Signal | Neutral]]:
    """What the batch says at every close since the replay's beginning."""
    count = closed_by(candles[timeframe], END) - closed_by(candles[timeframe], END - CLOSES * STEP) + 1
    entry = timeframe in ENTRY_TIMEFRAMES
    batch = decide_every_close(candles, timeframe, SetupRules(), count) if entry else None
    analysis = batch.analysis if batch else analyse(candles[timeframe], count)
    for column, closed in enumerate(analysis.close_time):
        around = analysis.levels(column)
        moment = datetime.fromtimestamp(int(closed) / 1000, UTC)
        for row in range(len(SYMBOLS)):
            outcome = batch.outcome_at(row, column, TICK, moment) if batch else context_only(analysis, row, column)
            document = None
            if batch and has_entry(analysis, row, column):
                document = computed_json(analysis, row, column, around[row], indicator_values(analysis.indicators, row, column))
                document["reasons"] = [why.as_json() for why in reasons_of(outcome)]
            failed = int(batch.decisions.failed[row, column]) if batch else 0
            yield state_of(analysis, row, column, outcome, failed, document), outcome


@pytest.mark.slow
def test_one_by_one_equals_the_batch_bit_for_bit(client: TestClient, engine: Engine, market: dict[Timeframe, Candles]) -> None:
    # The database has as much as its history was loaded for, the batch four years.
    replay(client, engine, {timeframe: last_bars(found, STORED[timeframe]) for timeframe, found in market.items()})
    candles = market
    states, setups = states_of(engine), setups_of(engine)
    compared = {}
    for timeframe in candles:
        batch = list(batch_of(candles, timeframe))
        for state, _ in batch:
            key = (state.symbol, timeframe.value, state.close_time)
            assert states.pop(key) == columns_of(state), key
        compared[timeframe.value] = len(batch) // len(SYMBOLS)
    assert compared == {"15m": CLOSES + 1, "1h": CLOSES // 4 + 1, "4h": CLOSES // 16 + 1, "1d": 2}
    assert states == {}
    for setup in (setup for timeframe in ENTRY_TIMEFRAMES for setup in batch_setups(candles, timeframe)):
        assert setups.pop((setup.symbol, setup.timeframe.value, setup.close_time)) == setup_columns(setup)
    assert setups == {}
    factors = batch_factors(candles)
    moments = np.array([round((END - back * STEP).timestamp() * 1e6) for back in range(CLOSES, -1, -1)], dtype=np.int64)
    with engine.connect() as connection:
        kept = reading_grids(connection, SYMBOLS, moments)
    for voice, said in {
        FactorSource(Factor.TECHNICAL, TRENDS): factors.technical,
        FactorSource(Factor.MOMENTUM, MOVES): factors.momentum,
    }.items():
        assert not np.isnan(said.value).any()
        assert kept[voice].value.tobytes() == said.value.tobytes()
        assert kept[voice].confidence.tobytes() == said.confidence.tobytes()
    assert sum(1 for timeframe in ENTRY_TIMEFRAMES for _, found in batch_of(candles, timeframe) if isinstance(found, Signal)) > 5


def test_live_window_differs_by_rounding_from_an_endless_history(
    market: dict[Timeframe, Candles], capsys: pytest.CaptureFixture[str]
) -> None:
    """Pure, without the database: what closes on their fixed beginnings say against all candles there are."""
    recent = {one: RECENT * Timeframe.D1.milliseconds // one.milliseconds for one in ENTRY_TIMEFRAMES}
    market = {one: last_bars(found, recent.get(one, len(found.open_time))) for one, found in market.items()}
    full = {timeframe: analyse_history(history_of(found), len(found.open_time)) for timeframe, found in market.items()}
    wholes = {
        timeframe: decide_closes(full[timeframe], full[Timeframe.D1], full[Timeframe.H4], SetupRules())
        for timeframe in ENTRY_TIMEFRAMES
    }
    window = lru_cache(lambda timeframe, count: analyse(market[timeframe].until(count), 1))
    differing = cells = signals = 0
    worst = 0.0
    for number in range(MOMENTS):
        timeframe = ENTRY_TIMEFRAMES[number % len(ENTRY_TIMEFRAMES)]
        moment = END - number * timedelta(hours=11)
        counts = {one: closed_by(market[one], moment) for one in (timeframe, Timeframe.H4, Timeframe.D1)}
        live = {one: window(one, count) for one, count in counts.items()}
        for one, count in counts.items():
            worst = max(worst, furthest(live[one], full[one], count - 1))
        short = decide_closes(live[timeframe], live[Timeframe.D1], live[Timeframe.H4], SetupRules()).decisions
        whole, column = wholes[timeframe].decisions, counts[timeframe] - 1
        differing += int((short.verdict[:, 0] != whole.verdict[:, column]).sum())
        signals += int((whole.direction[:, column] != 0).sum())
        cells += len(SYMBOLS)
    with capsys.disabled():
        share = f"{differing} of {cells} decisions differ ({differing / cells:.3%}), {signals} are signals"
        print(f"\ncloses on 1,001 to {LONGEST:,} candles against endless ones: {share}; indicators by at most {worst:.5%}")
    assert worst < 1e-4
    assert signals > 5
    assert differing / cells < 0.001


def furthest(live: Analysis, full: Analysis, column: int) -> float:
    """How far the settled indicators are apart, as `test_warm_up.py` measures it."""
    apart = []
    for name in SETTLED:
        left, right = getattr(live.indicators, name)[:, 0], getattr(full.indicators, name)[:, column]
        size = full.close[:, column] if name.startswith(PRICES) else 100.0 if name in PERCENT else np.abs(right)
        apart.append((np.abs(left - right) / size).max())
    return float(max(apart))
