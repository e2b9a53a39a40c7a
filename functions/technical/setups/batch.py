"""Every close of a history at once: what the backtest runs, and what a folder of candles is asked."""

from collections.abc import Mapping

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.setups.grids import decide
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.standing import Standing, standing_at
from functions.technical.setups.verdict import DecidedCloses, close_moment

EMA200_CANDLES = 200  # without them a gate is unknown


def decide_every_close(
    candles: Mapping[Timeframe, Candles], timeframe: Timeframe, rules: SetupRules, last: int | None = None
) -> DecidedCloses:
    """Analyse and decide every close of one entry timeframe, or the newest ones.

    At each close the higher timeframes are what had closed by then. The answers are those of the live scan over the same candles.
    Where the gate's EMA200 is not known yet there is no signal: the daily grid has to begin 200 candles before the first close
    (`lacking_history` says so when it does not).

    Args:
        candles: grids of the entry timeframe, 4h and 1d, with the same symbols in the same order; the gate symbol among them.
        timeframe: the entry timeframe.
        rules: stop, target and cost numbers.
        last: how many of the newest closes to answer for; all of them without it.

    Raises:
        ValueError: the grids' symbols differ, or the gate symbol is not among them.
    """
    grids = {needed: candles[needed] for needed in (timeframe, Timeframe.H4, Timeframe.D1)}
    symbols = grids[timeframe].symbols
    for name, grid in grids.items():
        if grid.symbols != symbols:
            raise ValueError(f"expected the same symbols on every timeframe, {name} has others than {timeframe}")
    if rules.gate_symbol not in symbols:
        raise ValueError(f"expected the gate symbol {rules.gate_symbol} among the symbols")
    day, four_hour = analyse(grids[Timeframe.D1]), analyse(grids[Timeframe.H4])
    return decide_closes(analyse(grids[timeframe], last), day, four_hour, rules)


def lacking_history(closes: DecidedCloses) -> str | None:
    """Return one line that says how many of the first closes lack the gate's EMA200, and what gives it; None when none does."""
    known = closes.gate.regime_known[0]
    count = len(known) if not known.any() else int(known.argmax())
    if not count:
        return None
    first = close_moment(closes.analysis, 0)
    return (
        f"the gate is not known at the first {count} of {len(known)} closes: {closes.rules.gate_symbol} needs"
        f" {EMA200_CANDLES} daily candles from before {first:%Y-%m-%d}; --daily names a folder of them"
    )


def decide_closes(entry: Analysis, day: Analysis, four_hour: Analysis, rules: SetupRules) -> DecidedCloses:
    """Decide every close of `entry` under whole analyses of 1d and 4h of the same symbols, the gate symbol among them."""
    above_day, above_four = standing_at(day, entry.close_time), standing_at(four_hour, entry.close_time)
    gate: Standing = above_day.row(entry.symbols.index(rules.gate_symbol))
    return DecidedCloses(
        analysis=entry,
        day=above_day,
        four_hour=above_four,
        gate=gate,
        decisions=decide(entry, above_day, above_four, gate, rules),
        rules=rules,
    )
