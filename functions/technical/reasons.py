"""Reasons as facts: a stable code with its parameters, and the English sentence made from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from functions.market.freshness import Stale
from functions.technical.quality import FLAT_WINDOW, GAP_WINDOW, MINIMUM_CANDLES, Problem

Parameter = str | int | float


class Code(StrEnum):
    """Every reason there is. A code never changes its meaning; texts in other languages hang on it."""

    # why there is no signal, in the order they are asked
    CONTEXT_ONLY = "context_only"
    STALE_INPUT = "stale_input"
    NO_CANDLES = "no_candles"
    HISTORY_INCOMPLETE = "history_incomplete"
    TOO_FEW_CANDLES = "too_few_candles"
    GAPS = "gaps"
    FLAT_PRICE = "flat_price"
    NO_TRADES = "no_trades"
    GATE_UNKNOWN = "gate_unknown"
    GATE_CLOSED = "gate_closed"
    GATE_CLOSED_YOUNG = "gate_closed_young"
    HIGHER_UNUSABLE = "higher_unusable"
    TREND_AGAINST = "trend_against"
    NO_ENTRY = "no_entry"
    COST_TOO_HIGH = "cost_too_high"
    OUT_OF_RANGE = "out_of_range"
    TICK_UNKNOWN = "tick_unknown"
    TICK_TOO_COARSE = "tick_too_coarse"
    RISK_REWARD_TOO_LOW = "risk_reward_too_low"
    # why there is one
    GATE_OPEN = "gate_open"
    DAILY_TREND = "daily_trend"
    ENTRY_BREAKOUT = "entry_breakout"
    ENTRY_PULLBACK = "entry_pullback"
    ENTRY_MOMENTUM = "entry_momentum"
    FOUR_HOUR_AGREES = "four_hour_agrees"
    FOUR_HOUR_CONFLICTS = "four_hour_conflicts"
    FOUR_HOUR_FLAT = "four_hour_flat"
    OWN_TREND_AGREES = "own_trend_agrees"
    OWN_TREND_CONFLICTS = "own_trend_conflicts"
    OWN_TREND_FLAT = "own_trend_flat"
    VOLUME_ABOVE = "volume_above"
    HISTOGRAM_AGREES = "histogram_agrees"
    STOP_BASIS = "stop_basis"
    COST_WARNING = "cost_warning"
    SHORT_ALLOWED = "short_allowed"


_TEXTS = {
    Code.CONTEXT_ONLY: "{timeframe} is watched for its trend; entries are taken on 15m and 1h",
    Code.STALE_INPUT: "no signal because {symbol} {timeframe} is {late} {candles} late",
    Code.NO_CANDLES: "no signal because {symbol} {timeframe} has no candles",
    Code.HISTORY_INCOMPLETE: "{symbol} {timeframe} waits until its missing candles are loaded",
    Code.TOO_FEW_CANDLES: "{symbol} {timeframe} has fewer than {needed} candles",
    Code.GAPS: "{symbol} {timeframe} misses candles among its last {window}",
    Code.FLAT_PRICE: "{symbol} {timeframe} has not moved for {window} candles",
    Code.NO_TRADES: "{symbol} {timeframe} was not traded",
    Code.GATE_UNKNOWN: "no signal because the daily state of {symbol}, the gate, is not known",
    Code.GATE_CLOSED: "the gate is closed: {symbol}'s daily close is between its EMA50 and EMA200",
    Code.GATE_CLOSED_YOUNG: "the gate is closed: {symbol}'s daily close is on its EMA50, and it is too young for EMA200",
    Code.HIGHER_UNUSABLE: "no signal because the {timeframe} state of {symbol} is not usable: {problem}",
    Code.TREND_AGAINST: "the coin's own daily trend is {trend}, the gate allows only {direction}",
    Code.NO_ENTRY: "gate and daily trend allow {direction}, but no entry came at this close",
    Code.COST_TOO_HIGH: "round-trip cost is {cost:.1%} of the stop distance, more than {limit:.0%}",
    Code.OUT_OF_RANGE: "the stop distance of {distance:.0%} leaves no positive price for stop or targets",
    Code.TICK_UNKNOWN: "the tick size of {symbol} is not known",
    Code.TICK_TOO_COARSE: "one tick is too coarse for these targets",
    Code.RISK_REWARD_TOO_LOW: "risk/reward is 1:{ratio:.2f}, less than 1:{least:.2f}",
    Code.GATE_OPEN: "{symbol}'s daily close is {side} {averages}",
    Code.DAILY_TREND: "daily trend {trend} (strength {strength:.0%})",
    Code.ENTRY_BREAKOUT: "close left the range of the last {candles} candles",
    Code.ENTRY_PULLBACK: "RSI {rsi:.0f} came back through {line:.0f}",
    Code.ENTRY_MOMENTUM: "{candles}-candle momentum turned with the trend",
    Code.FOUR_HOUR_AGREES: "4h trend agrees (strength {strength:.0%})",
    Code.FOUR_HOUR_CONFLICTS: "4h trend points the other way",
    Code.FOUR_HOUR_FLAT: "4h has no clear trend",
    Code.OWN_TREND_AGREES: "{timeframe} trend agrees (strength {strength:.0%})",
    Code.OWN_TREND_CONFLICTS: "{timeframe} trend points the other way",
    Code.OWN_TREND_FLAT: "{timeframe} has no clear trend",
    Code.VOLUME_ABOVE: "volume is {times:.1f} x its average",
    Code.HISTOGRAM_AGREES: "the MACD histogram points the same way",
    Code.STOP_BASIS: "stop {distance:.1%} away: the wider of {day:g} x ATR(1d) and {four:g} x ATR(4h)",
    Code.COST_WARNING: "round-trip cost is {cost:.1%} of the stop distance",
    Code.SHORT_ALLOWED: "paper trading may go short; on spot this reads: exit or avoid",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code and what it is about; parameters sort and compare, so equal reasons are equal."""

    code: Code
    parameters: tuple[tuple[str, Parameter], ...] = ()

    @property
    def text(self) -> str:
        """Return the English sentence."""
        return _TEXTS[self.code].format(**dict(self.parameters))

    def as_json(self) -> dict[str, Any]:
        """Return the reason as it is stored and sent: `code`, `params`, `text`."""
        return {"code": self.code.value, "params": dict(self.parameters), "text": self.text}


def reason(code: Code, **parameters: Parameter) -> Reason:
    """Make a reason."""
    return Reason(code, tuple(parameters.items()))


def gate_reason(symbol: str, regime: int, *, full: bool) -> Reason:
    """Return what the gate says: `regime` +1, -1 or 0; `full` tells whether EMA200 had a say."""
    if regime == 0:
        return reason(Code.GATE_CLOSED if full else Code.GATE_CLOSED_YOUNG, symbol=symbol)
    averages = "EMA50 and EMA200" if full else "EMA50 (too young for EMA200)"
    return reason(Code.GATE_OPEN, symbol=symbol, side="above" if regime > 0 else "below", averages=averages)


def stale_reason(stale: Stale) -> Reason:
    """Return the reason that late candles are, or none at all."""
    if stale.late is None:
        return reason(Code.NO_CANDLES, symbol=stale.symbol, timeframe=str(stale.timeframe))
    return late_reason(stale.symbol, str(stale.timeframe), stale.late)


def late_reason(symbol: str, timeframe: str, late: int) -> Reason:
    """Return the reason that a symbol's candles are so many behind."""
    return reason(Code.STALE_INPUT, symbol=symbol, timeframe=timeframe, late=late, candles="candle" if late == 1 else "candles")


def problem_reason(problem: Problem, symbol: str, timeframe: str) -> Reason:
    """Return the reason that a problem with the history is."""
    about: dict[str, Parameter] = {"symbol": symbol, "timeframe": timeframe}
    match problem:
        case Problem.MISSING:
            return late_reason(symbol, timeframe, 1)
        case Problem.TOO_FEW:
            return reason(Code.TOO_FEW_CANDLES, **about, needed=MINIMUM_CANDLES)
        case Problem.GAPS:
            return reason(Code.GAPS, **about, window=GAP_WINDOW)
        case Problem.FLAT:
            return reason(Code.FLAT_PRICE, **about, window=FLAT_WINDOW)
        case _:
            return reason(Code.NO_TRADES, **about)
