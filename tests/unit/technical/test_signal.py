"""Entry, stop, targets, risk/reward and size on the tick."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from functions.limits import Limits
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason, reason
from functions.technical.setups.reasons import Code, gate_reason, late_reason
from functions.technical.setups.rules import Ladder, SetupRules
from functions.technical.setups.signal import Direction, Neutral, Plan, Signal, plan
from functions.technical.setups.signal_json import neutral_json, signal_columns, signal_json

RULES = SetupRules()


def ladder(*targets: str) -> Ladder:
    first, second, third = map(Decimal, targets)
    return first, second, third


def laid(direction: int, close: float, distance: float, tick: str, rules: SetupRules = RULES) -> Plan:
    found = plan(direction, close, distance, Decimal(tick), rules)
    assert isinstance(found, Plan), found
    return found


def texts(found: Plan) -> list[str]:
    return [f"{price:f}" for price in (found.stop, found.entry, *found.targets)]


@pytest.mark.parametrize(
    ("direction", "close", "distance", "tick", "expected"),
    [
        pytest.param(1, 100.0, 0.10, "0.01", "90.00 100.00 107.00 120.00 140.00", id="long"),
        pytest.param(-1, 100.0, 0.10, "0.01", "110.00 100.00 93.00 80.00 60.00", id="short"),
        pytest.param(1, 100.0, 0.1234, "0.5", "87.5 100.0 109.0 125.0 149.5", id="long rounds away from the entry"),
        pytest.param(-1, 100.0, 0.1234, "0.5", "112.5 100.0 91.0 75.0 50.5", id="short rounds away from the entry"),
        pytest.param(
            1, 0.00002345, 0.10, "0.00000001", "0.00002110 0.00002345 0.00002510 0.00002814 0.00003283", id="small price"
        ),
        pytest.param(1, 64321.0, 0.08, "10", "59170 64320 67930 74620 84910", id="tick above one"),
        pytest.param(1, 100.0, 0.10, "0.0100", "90.00 100.00 107.00 120.00 140.00", id="zeros after the tick mean nothing"),
    ],
)
def test_prices(direction: int, close: float, distance: float, tick: str, expected: str) -> None:
    assert texts(laid(direction, close, distance, tick)) == expected.split()


def test_risk_reward_is_the_mean_of_the_targets_over_the_stop() -> None:
    assert laid(1, 100.0, 0.10, "0.01").risk_reward == pytest.approx((0.7 + 2 + 4) / 3, abs=1e-4)
    assert laid(-1, 100.0, 0.10, "0.01", SetupRules(targets_r=ladder("1", "2", "3"))).risk_reward == 2.0


@pytest.mark.parametrize(
    ("distance", "limits", "expected"),
    [
        pytest.param(0.10, Limits(), 5.0, id="half a percent at risk over a stop of 10%"),
        pytest.param(0.20, Limits(), 2.5, id="a wider stop makes it smaller"),
        pytest.param(0.02, Limits(), 20.0, id="never above the limit"),
        pytest.param(0.10, Limits(risk=Decimal("0.01"), position=Decimal("0.2")), 10.0, id="risk is a setting"),
    ],
)
def test_position_size(distance: float, limits: Limits, expected: float) -> None:
    found = laid(1, 100.0, distance, "0.01", SetupRules(limits=limits))
    assert found.position_percent == pytest.approx(expected)


@pytest.mark.parametrize(
    ("direction", "close", "distance", "tick", "code"),
    [
        pytest.param(1, 1.0, 0.10, "1", Code.TICK_TOO_COARSE, id="long stop on zero"),
        pytest.param(1, 24.0, 0.10, "1", Code.TICK_TOO_COARSE, id="targets squeezed by the tick"),
        pytest.param(-1, 10.0, 0.24, "6", Code.TICK_TOO_COARSE, id="short targets on one another"),
        pytest.param(1, 0.4, 0.10, "1", Code.TICK_TOO_COARSE, id="entry rounds to zero"),
    ],
)
def test_a_tick_too_coarse_is_a_reason_not_a_signal(direction: int, close: float, distance: float, tick: str, code: Code) -> None:
    found = plan(direction, close, distance, Decimal(tick), RULES)
    assert isinstance(found, Reason)
    assert found.code is code


@pytest.mark.parametrize("distance", [0.0777, 0.1003, 0.12345])
def test_targets_whose_mean_is_exactly_enough_pass_however_the_tick_rounds_them(distance: float) -> None:
    for targets in (ladder("1", "2", "3"), ladder("0.1", "0.2", "5.7"), ladder("0.7", "1.3", "4")):
        for direction, close in ((1, 123.4567), (-1, 123.4567), (1, 0.00098765)):
            tick = "0.01" if close > 1 else "0.00000001"
            assert laid(direction, close, distance, tick, SetupRules(targets_r=targets)).risk_reward == pytest.approx(
                2, abs=0.005
            )


def test_targets_that_promise_too_little_are_rejected() -> None:
    found = plan(1, 100.0, 0.1, Decimal("0.01"), SetupRules(targets_r=ladder("0.5", "1", "2")))
    assert isinstance(found, Reason)
    assert found.text == "risk/reward is 1:1.17, less than 1:2.00"


def signal() -> Signal:
    close = datetime(2024, 3, 5, 12, 15, tzinfo=UTC)
    return Signal(
        "AAAUSDT",
        Direction.LONG,
        Timeframe.M15,
        close,
        0.75,
        laid(1, 100.0, 0.10, "0.010"),
        (gate_reason("BTCUSDT", 1), reason(Code.ENTRY_BREAKOUT, candles=20)),
        {"rsi": 61.5},
        close + timedelta(seconds=1),
        close + timedelta(hours=1),
    )


def test_document_carries_every_field_of_a_signal() -> None:
    assert signal_json(7, signal_columns(signal())) == {
        "signal_id": 7,
        "symbol": "AAAUSDT",
        "direction": "LONG",
        "timeframe": "15m",
        "confidence": 0.75,
        "entry": "100.00",
        "stop": "90.00",
        "targets": ["107.00", "120.00", "140.00"],
        "risk_reward": 2.2333,
        "position_pct": 5.0,
        "reasons": [
            {
                "code": "gate_open",
                "params": {"symbol": "BTCUSDT", "side": "above", "averages": "EMA50 and EMA200"},
                "text": "BTCUSDT's daily close is above EMA50 and EMA200",
            },
            {"code": "entry_breakout", "params": {"candles": 20}, "text": "close left the range of the last 20 candles"},
        ],
        "close_time": "2024-03-05T12:15:00+00:00",
        "indicators": {"rsi": 61.5},
        "source": "technical",
        "created_at": "2024-03-05T12:15:01+00:00",
        "expires_at": "2024-03-05T13:15:00+00:00",
    }


def test_document_of_no_signal_has_the_same_keys_and_no_prices() -> None:
    found = signal()
    at = found.close_time + timedelta(minutes=1)
    none = Neutral("AAAUSDT", Timeframe.M15, found.close_time, reason(Code.NO_ENTRY, direction="LONG"))
    document = neutral_json(none, {"rsi": 50.0}, at)
    assert list(document) == list(signal_json(7, signal_columns(found)))
    assert (document["direction"], document["confidence"], document["created_at"]) == ("NEUTRAL", 0.0, at.isoformat())
    assert {document[name] for name in ("signal_id", "entry", "stop", "risk_reward", "position_pct", "expires_at")} == {None}
    assert (document["targets"], document["reasons"]) == ([], [none.reason.as_json()])


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (late_reason("BTCUSDT", "15m", 3), "no signal because BTCUSDT 15m is 3 candles late"),
        (late_reason("BTCUSDT", "1d", 1), "no signal because BTCUSDT 1d is 1 candle late"),
        (gate_reason("BTCUSDT", 0), "the gate is closed: BTCUSDT's daily close is between its EMA50 and EMA200"),
        (reason(Code.COST_TOO_HIGH, cost=0.0612, limit=0.05), "round-trip cost is 6.1% of the stop distance, more than 5%"),
    ],
)
def test_reasons_read_as_sentences(found: Reason, text: str) -> None:
    assert found.text == text
