"""Why there is a signal, and why there is none."""

from functions.market.candles.freshness import Stale, late_parameters
from functions.reasons import Codes, Parameter, Reason, reason
from functions.technical.engine.quality import FLAT_WINDOW, GAP_WINDOW, MINIMUM_CANDLES, Problem


class Code(Codes):
    """Every reason there is."""

    # why there is no signal, in the order they are asked
    CONTEXT_ONLY = "context_only", "{timeframe} is watched for its trend; entries are taken on 15m and 1h"
    STALE_INPUT = "stale_input", "no signal because {symbol} {timeframe} is {late} {candles} late"
    NO_CANDLES = "no_candles", "no signal because {symbol} {timeframe} has no candles"
    HISTORY_INCOMPLETE = "history_incomplete", "{symbol} {timeframe} waits until its missing candles are loaded"
    TOO_FEW_CANDLES = "too_few_candles", "{symbol} {timeframe} has fewer than {needed} candles"
    SINCE_STEP = (
        "since_step",
        "{symbol} {timeframe} has too few candles since a step of its price that no market makes: {needed} needed",
    )
    GAPS = "gaps", "{symbol} {timeframe} misses candles among its last {window}"
    FLAT_PRICE = "flat_price", "{symbol} {timeframe} has not moved for {window} candles"
    NO_TRADES = "no_trades", "{symbol} {timeframe} was not traded"
    GATE_UNKNOWN = "gate_unknown", "no signal because the daily state of {symbol}, the gate, is not known"
    GATE_CLOSED = "gate_closed", "the gate is closed: {symbol}'s daily close is between its EMA50 and EMA200"
    HIGHER_UNUSABLE = "higher_unusable", "no signal because the {timeframe} state of {symbol} is not usable: {problem}"
    NO_STATE = "no_state", "there is none"
    TREND_AGAINST = "trend_against", "the coin's own daily trend is {trend}, the gate allows only {direction}"
    NO_ENTRY = "no_entry", "gate and daily trend allow {direction}, but no entry came at this close"
    COST_TOO_HIGH = "cost_too_high", "round-trip cost is {cost:.1%} of the stop distance, more than {limit:.0%}"
    OUT_OF_RANGE = "out_of_range", "the stop distance of {distance:.0%} leaves no positive price for stop or targets"
    TICK_UNKNOWN = "tick_unknown", "the tick size of {symbol} is not known"
    TICK_TOO_COARSE = "tick_too_coarse", "one tick is too coarse for these targets"
    RISK_REWARD_TOO_LOW = "risk_reward_too_low", "risk/reward is 1:{ratio:.2f}, less than 1:{least:.2f}"
    # why there is one
    GATE_OPEN = "gate_open", "{symbol}'s daily close is {side} {averages}"
    DAILY_TREND = "daily_trend", "daily trend {trend} (strength {strength:.0%})"
    ENTRY_BREAKOUT = "entry_breakout", "close left the range of the last {candles} candles"
    ENTRY_PULLBACK = "entry_pullback", "RSI {rsi:.0f} came back through {line:.0f}"
    ENTRY_MOMENTUM = "entry_momentum", "{candles}-candle momentum turned with the trend"
    FOUR_HOUR_AGREES = "four_hour_agrees", "4h trend agrees (strength {strength:.0%})"
    FOUR_HOUR_CONFLICTS = "four_hour_conflicts", "4h trend points the other way"
    FOUR_HOUR_FLAT = "four_hour_flat", "4h has no clear trend"
    OWN_TREND_AGREES = "own_trend_agrees", "{timeframe} trend agrees (strength {strength:.0%})"
    OWN_TREND_CONFLICTS = "own_trend_conflicts", "{timeframe} trend points the other way"
    OWN_TREND_FLAT = "own_trend_flat", "{timeframe} has no clear trend"
    VOLUME_ABOVE = "volume_above", "volume is {times:.1f} x its average"
    HISTOGRAM_AGREES = "histogram_agrees", "the MACD histogram points the same way"
    STOP_BASIS = "stop_basis", "stop {distance:.1%} away: the wider of {day:g} x ATR(1d) and {four:g} x ATR(4h)"
    COST_WARNING = "cost_warning", "round-trip cost is {cost:.1%} of the stop distance"
    SHORT_ALLOWED = "short_allowed", "paper trading may go short; on spot this reads: exit or avoid"


def gate_reason(symbol: str, regime: int) -> Reason:
    """Return what the gate says: `regime` +1, -1 or 0."""
    if regime == 0:
        return reason(Code.GATE_CLOSED, symbol=symbol)
    return reason(Code.GATE_OPEN, symbol=symbol, side="above" if regime > 0 else "below", averages="EMA50 and EMA200")


def stale_reason(stale: Stale) -> Reason:
    """Return the reason that late candles are, or none at all."""
    if stale.late is None:
        return reason(Code.NO_CANDLES, symbol=stale.symbol, timeframe=str(stale.timeframe))
    return late_reason(stale.symbol, str(stale.timeframe), stale.late)


def late_reason(symbol: str, timeframe: str, late: int) -> Reason:
    """Return the reason that a symbol's candles are so many behind."""
    return reason(Code.STALE_INPUT, **late_parameters(symbol, timeframe, late))


def problem_reason(problem: Problem, symbol: str, timeframe: str) -> Reason:
    """Return the reason that a problem with the history is."""
    about: dict[str, Parameter] = {"symbol": symbol, "timeframe": timeframe}
    match problem:
        case Problem.MISSING:
            return late_reason(symbol, timeframe, 1)
        case Problem.SINCE_STEP:
            return reason(Code.SINCE_STEP, **about, needed=MINIMUM_CANDLES)
        case Problem.TOO_FEW:
            return reason(Code.TOO_FEW_CANDLES, **about, needed=MINIMUM_CANDLES)
        case Problem.GAPS:
            return reason(Code.GAPS, **about, window=GAP_WINDOW)
        case Problem.FLAT:
            return reason(Code.FLAT_PRICE, **about, window=FLAT_WINDOW)
        case _:
            return reason(Code.NO_TRADES, **about)
