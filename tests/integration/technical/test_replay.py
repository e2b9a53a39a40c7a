"""Live equals backtest: candles that arrive one by one through the HTTP function give what the batch gives over all of them."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles import Candles, Timeframe
from functions.technical.analysis import analyse
from functions.technical.batch import picture, picture_at_all_closes
from functions.technical.conclusion import Picture
from functions.technical.resample import resample
from functions.technical.rules import ENTRY_TIMEFRAMES, Rules
from functions.technical.scan import WINDOW
from functions.technical.signal import Signal
from tests.unit.technical.making import END, store_candles, store_symbols, walk

SYMBOLS = ("BTCUSDT", "AAAUSDT", "BBBUSDT", "CCCUSDT")
TICK = Decimal("0.0001")
STEP = timedelta(minutes=15)
CLOSES = 48


def market() -> dict[Timeframe, Candles]:
    """Seventy days of 15m candles and the longer ones made from them; a rising market."""
    quarters = walk(Timeframe.M15, SYMBOLS, 70 * 96, drift=0.0002, noise=0.003, seed=5)
    longer = {timeframe: resample(quarters, timeframe) for timeframe in (Timeframe.H1, Timeframe.H4, Timeframe.D1)}
    return {Timeframe.M15: quarters, **longer}


def last_bars(candles: Candles, bars: int) -> Candles:
    grids = (getattr(candles, name)[:, -bars:] for name in ("open", "high", "low", "close", "volume"))
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


def stored_states(engine: Engine) -> dict[tuple[str, str, datetime], dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT symbol, timeframe, close_time, direction, state FROM technical_state"))
        return {(row.symbol, row.timeframe, row.close_time): {**row.state, "direction": row.direction} for row in rows}


def compare(engine: Engine, batch: Picture) -> int:
    """Compare every stored state and signal of an entry timeframe with the batch; return how many signals there were."""
    states, signals = stored_states(engine), 0
    with engine.connect() as connection:
        rows = {(r.symbol, r.timeframe, r.close_time): r for r in connection.execute(text("SELECT * FROM signal"))}
    analysis = batch.analysis
    for column, closed in enumerate(analysis.close_time):
        moment = datetime.fromtimestamp(int(closed) / 1000, UTC)
        for number, symbol in enumerate(SYMBOLS):
            key = (symbol, analysis.timeframe.value, moment)
            if key not in states:
                continue
            outcome = batch.conclude(number, column, TICK, moment)
            assert states[key]["direction"] == outcome.direction.value
            for field in fields(analysis.indicators):
                value = float(getattr(analysis.indicators, field.name)[number, column])
                assert states[key]["indicators"][field.name] == (value if np.isfinite(value) else None), field.name
            if isinstance(outcome, Signal):
                row = rows.pop(key)
                plan = outcome.plan
                assert (row.entry, row.stop, tuple(row.targets)) == (plan.entry, plan.stop, plan.targets)
                assert (row.confidence, row.risk_reward, row.position_pct) == (
                    outcome.confidence,
                    plan.risk_reward,
                    plan.position_percent,
                )
                assert row.reasons == [reason.as_json() for reason in outcome.reasons]
                assert (row.created_at, row.expires_at) == (outcome.created_at, outcome.expires_at)
                signals += 1
    assert not [key for key in rows if key[1] == analysis.timeframe.value]
    return signals


@pytest.mark.slow
def test_one_by_one_equals_the_batch_bit_for_bit(client: TestClient, engine: Engine) -> None:
    # The batch begins where the scan's window begins at the first close, and that window covers all later ones too.
    candles = {timeframe: last_bars(found, WINDOW - 10) for timeframe, found in market().items()}
    replay(client, engine, candles)
    signals = sum(compare(engine, picture_at_all_closes(candles, timeframe, Rules(), CLOSES)) for timeframe in ENTRY_TIMEFRAMES)
    assert signals > 5


def test_live_window_differs_by_rounding_from_an_endless_history(capsys: pytest.CaptureFixture[str]) -> None:
    """Pure, without the database: what a window of 1,000 candles says against all candles since the beginning."""
    candles = market()
    higher = analyse(candles[Timeframe.D1]), analyse(candles[Timeframe.H4])
    full = picture(analyse(candles[Timeframe.M15], CLOSES * 4), *higher, Rules())
    differing = cells = 0
    for back in range(CLOSES * 4):
        window = last_bars(candles[Timeframe.M15].until(len(candles[Timeframe.M15].open_time) - back), WINDOW + 1)
        short = picture(analyse(window, 1), *higher, Rules())
        column = CLOSES * 4 - 1 - back
        for name in ("ema9", "ema21", "ema50", "ema200", "rsi", "atr", "adx", "bollinger_upper"):
            left = getattr(short.analysis.indicators, name)[:, 0]
            np.testing.assert_allclose(left, getattr(full.analysis.indicators, name)[:, column], rtol=1e-4, err_msg=name)
        differing += int((short.decisions.verdict[:, 0] != full.decisions.verdict[:, column]).sum())
        cells += len(SYMBOLS)
    with capsys.disabled():
        print(f"\nlive window of {WINDOW} candles: {differing} of {cells} decisions differ ({differing / cells:.3%})")
    assert differing / cells < 0.001
