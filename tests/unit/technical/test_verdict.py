"""From a decided cell to a signal with its reasons in order, its confidence explained and its life, or to the reason for none."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.delivery.messages.texts import signals as texts
from functions.delivery.messages.words import Language, Words
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Reason
from functions.technical.engine.analysis import analyse
from functions.technical.engine.quality import Problem
from functions.technical.setups.grids import DAILY_WEIGHT, FOUR_HOUR_WEIGHT, HISTOGRAM_WEIGHT, OWN_TREND_WEIGHT, VOLUME_WEIGHT
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.signal import Neutral, Signal
from functions.technical.setups.signal_json import signal_columns, signal_json
from functions.technical.setups.verdict import context_only, indicator_rows
from tests.unit.technical.making import END, walk
from tests.unit.technical.setups import SHORT, entry, pictured

TICK = Decimal("0.01")
AS_OF = END + timedelta(seconds=2)
EVERYTHING = [
    "gate_open",
    "daily_trend",
    "entry_breakout",
    "four_hour_agrees",
    "own_trend_agrees",
    "volume_above",
    "histogram_agrees",
    "stop_basis",
]


def signal(tick: Decimal | None = TICK, **setup: Any) -> Signal:
    found = pictured(**setup).outcome_at(0, 0, tick, AS_OF)
    assert isinstance(found, Signal), found
    return found


def neutral(tick: Decimal | None = TICK, **setup: Any) -> Reason:
    found = pictured(**setup).outcome_at(0, 0, tick, AS_OF)
    assert isinstance(found, Neutral)
    assert found.close_time == END
    return found.reason


def codes(found: Signal) -> list[str]:
    return [reason.code.value for reason in found.reasons]


def with_(*codes_: str, without: tuple[str, ...] = ()) -> list[str]:
    """Every reason of the sound setup in its order, some of them replaced (`old>new`) and some left out."""
    swapped = dict(change.split(">") for change in codes_)
    return [swapped.get(code, code) for code in EVERYTHING if code not in without]


REASONS = [
    ("everything agrees", {}, EVERYTHING),
    ("everything agrees downwards", SHORT, EVERYTHING),
    ("pullback", {"own": {"breakout": 0, "pullback": 1}}, with_("entry_breakout>entry_pullback")),
    ("momentum", {"own": {"breakout": 0, "momentum": 1}}, with_("entry_breakout>entry_momentum")),
    ("an entry the other way is not named", {"own": {"momentum": -1}}, EVERYTHING),
    ("4h has no trend", {"four": {"direction": 0}}, with_("four_hour_agrees>four_hour_flat")),
    ("4h conflicts", {"four": {"direction": -1}}, with_("four_hour_agrees>four_hour_conflicts")),
    ("own trend flat", {"own": {"direction": 0}}, with_("own_trend_agrees>own_trend_flat")),
    ("own trend against", {"own": {"direction": -1}}, with_("own_trend_agrees>own_trend_conflicts")),
    ("volume at its average", {"own": {"volume": 1.0}}, with_(without=("volume_above",))),
    ("volume just above its average", {"own": {"volume": 1.01}}, EVERYTHING),
    ("histogram against", {"own": {"histogram": -0.5}}, with_(without=("histogram_agrees",))),
    ("histogram unknown", {"own": {"histogram": float("nan")}}, with_(without=("histogram_agrees",))),
    ("cost of 3.0% is not warned of", {"day": {"atr": 5.0}}, EVERYTHING),
    ("cost just above 3% is", {"day": {"atr": 4.99}}, [*EVERYTHING, "cost_warning"]),
    ("short where paper may", {**SHORT, "rules": SetupRules(short_allowed=True)}, [*EVERYTHING, "short_allowed"]),
    ("long where paper may go short", {"rules": SetupRules(short_allowed=True)}, EVERYTHING),
]


@pytest.mark.parametrize(("setup", "expected"), [c[1:] for c in REASONS], ids=[c[0] for c in REASONS])
def test_reasons_and_their_order(setup: dict[str, Any], expected: list[str]) -> None:
    assert codes(signal(**setup)) == expected


@pytest.mark.parametrize("regime", [0, -1])
def test_gate_that_does_not_allow_a_setup_is_not_named_among_what_speaks_for_it(regime: int) -> None:
    reasons = pictured(gate={"regime": regime}).reasons_for((0, 0), 1)
    assert [reason.code.value for reason in reasons] == with_(without=("gate_open",))


def test_indicator_that_is_not_defined_is_none() -> None:
    shown = indicator_rows(analyse(walk(Timeframe.H1, ["AAAUSDT", "BBBUSDT"], 60), 1).indicators, 0)
    assert [row["ema200"] for row in shown] == [None, None]
    assert all(isinstance(row["ema50"], float) for row in shown)


def test_two_entries_at_one_close_are_both_named() -> None:
    assert codes(signal(own={"momentum": 1}))[2:4] == ["entry_breakout", "entry_momentum"]


@pytest.mark.parametrize("setup", [c[1] for c in REASONS], ids=[c[0] for c in REASONS])
def test_reasons_explain_the_confidence_in_full(setup: dict[str, Any]) -> None:
    found = signal(**setup)
    named = {reason.code.value: dict(reason.parameters) for reason in found.reasons}

    def strength(code: str) -> float:
        return float(str(named[code]["strength"])) if code in named else 0.0

    four = strength("four_hour_agrees") + 0.5 * ("four_hour_flat" in named)
    explained = DAILY_WEIGHT * strength("daily_trend") + FOUR_HOUR_WEIGHT * four + OWN_TREND_WEIGHT * strength("own_trend_agrees")
    explained += VOLUME_WEIGHT * ("volume_above" in named) + HISTOGRAM_WEIGHT * ("histogram_agrees" in named)
    assert found.confidence == pytest.approx(explained, abs=1e-4)


@pytest.mark.parametrize(
    ("timeframe", "life"),
    [
        pytest.param(Timeframe.M15, timedelta(hours=1), id="four candles of 15m"),
        pytest.param(Timeframe.H1, timedelta(hours=4), id="four candles of 1h"),
    ],
)
def test_signal_lives_four_candles_from_its_close(timeframe: Timeframe, life: timedelta) -> None:
    found = signal(own={"timeframe": timeframe})
    assert found.expires_at - found.close_time == life
    assert (found.timeframe, found.created_at) == (timeframe, AS_OF)


def test_life_is_a_rule() -> None:
    found = signal(rules=SetupRules(life_candles=2))
    assert found.expires_at - found.close_time == timedelta(minutes=30)


NEUTRALS = [
    ("tick unknown", None, {}, "tick_unknown", "the tick size of AAAUSDT is not known"),
    ("tick of zero", Decimal(0), {}, "tick_unknown", "the tick size of AAAUSDT is not known"),
    ("tick too coarse", Decimal(60), {}, "tick_too_coarse", "one tick is too coarse for these targets"),
    (
        "little promised",
        TICK,
        {"rules": SetupRules(targets_r=(Decimal("0.5"), Decimal(1), Decimal(2)))},
        "risk_reward_too_low",
        "risk/reward is 1:1.17, less than 1:2.00",
    ),
    ("history unfit", TICK, {"own": {"problem": Problem.GAPS}}, "gaps", "AAAUSDT 15m misses candles among its last 50"),
    (
        "candle missing",
        TICK,
        {"own": {"problem": Problem.MISSING}},
        "stale_input",
        "no signal because AAAUSDT 15m is 1 candle late",
    ),
    ("too few candles", TICK, {"own": {"problem": Problem.TOO_FEW}}, "too_few_candles", "AAAUSDT 15m has fewer than 60 candles"),
    ("flat", TICK, {"own": {"problem": Problem.FLAT}}, "flat_price", "AAAUSDT 15m has not moved for 20 candles"),
    ("not traded", TICK, {"own": {"problem": Problem.NO_TRADES}}, "no_trades", "AAAUSDT 15m was not traded"),
    ("gate late", TICK, {"gate": {"late": 3}}, "stale_input", "no signal because BTCUSDT 1d is 3 candles late"),
    (
        "gate unknown",
        TICK,
        {"gate": {"late": -1}},
        "gate_unknown",
        "no signal because the daily state of BTCUSDT, the gate, is not known",
    ),
    (
        "gate between its averages",
        TICK,
        {"gate": {"regime": 0}},
        "gate_closed",
        "the gate is closed: BTCUSDT's daily close is between its EMA50 and EMA200",
    ),
    (
        "gate without EMA200",
        TICK,
        {"gate": {"known": False}},
        "gate_unknown",
        "no signal because the daily state of BTCUSDT, the gate, is not known",
    ),
    (
        "history ended by a step",
        TICK,
        {"own": {"problem": Problem.SINCE_STEP}},
        "since_step",
        "AAAUSDT 15m has too few candles since a step of its price that no market makes: 60 needed",
    ),
    ("day late", TICK, {"day": {"late": 2}}, "stale_input", "no signal because AAAUSDT 1d is 2 candles late"),
    (
        "no day",
        TICK,
        {"day": {"late": -1}},
        "higher_unusable",
        "no signal because the 1d state of AAAUSDT is not usable: there is none",
    ),
    (
        "day too short",
        TICK,
        {"day": {"problem": Problem.TOO_FEW}},
        "higher_unusable",
        "no signal because the 1d state of AAAUSDT is not usable: AAAUSDT 1d has fewer than 60 candles",
    ),
    ("4h late", TICK, {"four": {"late": 1}}, "stale_input", "no signal because AAAUSDT 4h is 1 candle late"),
    (
        "4h flat",
        TICK,
        {"four": {"problem": Problem.FLAT}},
        "higher_unusable",
        "no signal because the 4h state of AAAUSDT is not usable: AAAUSDT 4h has not moved for 20 candles",
    ),
    (
        "day against",
        TICK,
        {"day": {"direction": -1}},
        "trend_against",
        "the coin's own daily trend is down, the gate allows only LONG",
    ),
    (
        "day flat",
        TICK,
        {**SHORT, "day": {"direction": 0}},
        "trend_against",
        "the coin's own daily trend is flat, the gate allows only SHORT",
    ),
    (
        "no entry",
        TICK,
        {"own": {"breakout": 0}},
        "no_entry",
        "gate and daily trend allow LONG, but no entry came at this close",
    ),
    (
        "stop below zero",
        TICK,
        {"day": {"atr": 60.0}},
        "out_of_range",
        "the stop distance of 120% leaves no positive price for stop or targets",
    ),
    (
        "cost too high",
        TICK,
        {"day": {"atr": 2.5}, "four": {"atr": 1.0}},
        "cost_too_high",
        "round-trip cost is 6.0% of the stop distance, more than 5%",
    ),
]


@pytest.mark.parametrize(("tick", "setup", "code", "text"), [c[1:] for c in NEUTRALS], ids=[c[0] for c in NEUTRALS])
def test_no_signal_says_why(tick: Decimal | None, setup: dict[str, Any], code: str, text: str) -> None:
    found = neutral(tick, **setup)
    assert (found.code, found.text) == (code, text)


@pytest.mark.parametrize(
    ("setup", "name", "number"),
    [
        pytest.param({"day": {"atr": 61.72839}}, "distance", 1.2346, id="stop distance"),
        pytest.param({"day": {"atr": float("nan")}}, "distance", 0.0, id="stop distance unknown"),
        pytest.param({"day": {"atr": 2.43}, "four": {"atr": 1.0}}, "cost", 0.0617, id="cost"),
    ],
)
def test_figure_of_a_reason_has_four_decimals(setup: dict[str, Any], name: str, number: float) -> None:
    assert dict(neutral(**setup).parameters)[name] == number


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        pytest.param(Problem.NONE, "1d is watched for its trend; entries are taken on 15m and 1h", id="sound"),
        pytest.param(Problem.FLAT, "AAAUSDT 1d has not moved for 20 candles", id="with a problem"),
    ],
)
def test_timeframe_without_entries_says_so_or_what_is_wrong_with_it(problem: Problem, text: str) -> None:
    found = context_only(entry(timeframe=Timeframe.D1, problem=problem), 0, 0)
    assert (found.symbol, found.timeframe, found.close_time, found.reason.text) == ("AAAUSDT", Timeframe.D1, END, text)


@pytest.mark.parametrize(
    ("setup", "language", "title"),
    [
        pytest.param({}, Language.EN, "<b>AAAUSDT LONG</b>", id="long"),
        pytest.param(SHORT, Language.EN, "<b>AAAUSDT SHORT · exit / avoid</b>", id="short on spot"),
        pytest.param(SHORT, Language.RU, "<b>AAAUSDT ШОРТ · выйти / не входить</b>", id="short on spot in Russian"),
        pytest.param(
            {**SHORT, "rules": SetupRules(short_allowed=True)}, Language.EN, "<b>AAAUSDT SHORT</b>", id="short on paper"
        ),
    ],
)
def test_message_says_what_a_short_means(setup: dict[str, Any], language: Language, title: str) -> None:
    scored = {"score": 72.0, "coverage": 0.6, "factors": [], "obstacles": []}
    payload = {**signal_json(1, signal_columns(signal(**setup))), **scored}
    words = Words(language)
    for text in (texts.signal(payload, words).text, texts.why(payload, words)):
        assert title in text.split("\n")[0]
    assert title.partition("AAAUSDT ")[2] in texts.cluster([payload, payload], words).text.split("\n")[0]


@pytest.mark.parametrize(
    ("setup", "line"),
    [
        pytest.param({"own": {"breakout": 0, "pullback": 1}}, 40, id="long"),
        pytest.param({**SHORT, "own": {**SHORT["own"], "breakout": 0, "pullback": -1}}, 60, id="short"),
    ],
)
def test_pullback_names_the_line_rsi_came_back_through(setup: dict[str, Any], line: int) -> None:
    reasons = {reason.code.value: reason for reason in signal(**setup).reasons}
    assert dict(reasons["entry_pullback"].parameters)["line"] == line
    assert reasons["entry_pullback"].text.endswith(f"came back through {line}")
