"""The answer to "what about this coin at this moment?" from a folder of candles."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.errors import NotFound
from functions.market.candles.freshness import Stale, candles_freshness
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.setups.batch import decide_closes, lacking_history
from functions.technical.setups.reasons import stale_reason
from functions.technical.setups.rules import ENTRY_TIMEFRAMES, SetupRules
from functions.technical.setups.signal import Neutral, Signal
from functions.technical.setups.signal_json import neutral_json, signal_columns, signal_json
from functions.technical.setups.state_row import computed_json
from functions.technical.setups.verdict import context_only, indicator_values
from functions.technical.sources.folder import folder_candles, tick_of


def answer_from_folder(
    folder: Path, symbol: str, timeframe: Timeframe, as_of: datetime, rules: SetupRules, daily: Path | None = None
) -> dict[str, Any]:
    """Return the signal, or the reason for none, at the newest close of `timeframe` at `as_of`.

    Where the gate is not known for want of daily candles, `note` says what would give them.

    Args:
        folder: of candles, see `functions.technical.sources.folder`.
        symbol: the coin.
        timeframe: whose newest close.
        as_of: the moment.
        rules: stop, target and cost numbers.
        daily: a folder of daily candles from before those of `folder`.

    Raises:
        NotFound: there are no candles of the symbol at that time.
    """
    symbols = tuple(dict.fromkeys([symbol, rules.gate_symbol]))

    def read(wanted: Timeframe) -> Candles:
        return folder_candles(folder, symbols, wanted, as_of, daily if wanted is Timeframe.D1 else None)

    candles = read(timeframe)
    analysis = analyse(candles, 1)
    if not len(analysis.close_time):
        raise NotFound("no_candles", f"expected {timeframe} candles of {symbol} closed by {as_of.isoformat()} in {folder}")
    age = candles_freshness(candles, as_of, timedelta(0))[0]  # a folder has all that there is
    note = None
    if isinstance(age, Stale):
        outcome: Signal | Neutral = Neutral(symbol, timeframe, timeframe.floor(as_of), stale_reason(age))
    elif timeframe in ENTRY_TIMEFRAMES:
        whole = decide_closes(analysis, analyse(read(Timeframe.D1)), analyse(read(Timeframe.H4)), rules)
        outcome, note = whole.outcome_at(0, 0, tick_of(candles, symbol), as_of), lacking_history(whole)
    else:
        outcome = context_only(analysis, 0, 0)
    return {**_document(analysis, outcome, as_of), **({"note": note} if note else {})}


def _document(analysis: Analysis, outcome: Signal | Neutral, as_of: datetime) -> dict[str, Any]:
    """Return the signal's document, or that of none, with the state it stands on."""
    values = indicator_values(analysis.indicators, 0, 0)
    document = computed_json(analysis, 0, 0, analysis.levels(0)[0], values)
    answer = signal_json(None, signal_columns(outcome)) if isinstance(outcome, Signal) else neutral_json(outcome, values, as_of)
    return {**answer, "as_of": as_of.isoformat(), **document}
