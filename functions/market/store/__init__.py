"""The SQL of market data: candles, gaps, the universe, tickers."""

from functions.market.store.candle_grids import read_candles, read_range
from functions.market.store.candles import (
    WrittenCandles,
    candle_rows,
    last_closes,
    stored_runs,
    write_candles,
)
from functions.market.store.forming import read_forming, write_forming
from functions.market.store.gaps import (
    Gap,
    close_as_absent,
    close_gap,
    count_open_gaps,
    gap_counts,
    known_absent,
    list_absent,
    list_gaps,
    note_failure,
    note_still_absent,
    note_unsettled,
    open_gaps,
    reopen_gap,
    trim_gaps,
)
from functions.market.store.retention import remove_changes, remove_oldest_day
from functions.market.store.state import Coverage, count_revisions, coverage, revisions
from functions.market.store.tickers import read_tickers, write_tickers
from functions.market.store.universe import (
    has_doubtful_delisting,
    held_symbols,
    is_gone,
    latest_universe,
    read_instruments,
    read_universe,
    trades_now,
    trading_symbols,
    write_universe,
)

__all__ = [
    "Coverage",
    "Gap",
    "WrittenCandles",
    "candle_rows",
    "close_as_absent",
    "close_gap",
    "count_open_gaps",
    "count_revisions",
    "coverage",
    "gap_counts",
    "has_doubtful_delisting",
    "held_symbols",
    "is_gone",
    "known_absent",
    "last_closes",
    "latest_universe",
    "list_absent",
    "list_gaps",
    "note_failure",
    "note_still_absent",
    "note_unsettled",
    "open_gaps",
    "read_candles",
    "read_forming",
    "read_instruments",
    "read_range",
    "read_tickers",
    "read_universe",
    "remove_changes",
    "remove_oldest_day",
    "reopen_gap",
    "revisions",
    "stored_runs",
    "trades_now",
    "trading_symbols",
    "trim_gaps",
    "write_candles",
    "write_forming",
    "write_tickers",
    "write_universe",
]
