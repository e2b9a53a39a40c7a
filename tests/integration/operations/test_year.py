"""A year without hands, at speed: retention each day, a backup and a restore each month, pairs that come and go."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.connect import engine_for
from db.migrate import current_and_head, migrate
from db.tables import metadata
from functions.market.candles.timeframe import Timeframe
from functions.market.retention import CHANGE_DAYS, DAYS, STATE_DAYS, WALL_DAYS, Kind
from functions.market.run.retention import apply_retention
from functions.operations.backup import backup, restore
from functions.settings import Settings
from tests.conftest import make_settings

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
# How each table grows. A kind: its rows go by their age, which `functions.market.retention` has.
BY_AGE = {
    "candle_revision": Kind.REVISIONS, "gap": Kind.FILLED_GAPS, "technical_state": Kind.STATES, "alert": Kind.ALERTS,
    "delivery": Kind.ALERTS, "telegram_update": Kind.TELEGRAM_UPDATES, "paper_request": Kind.PAPER_REQUESTS,
    "news_item": Kind.NEWS, "sentiment": Kind.SENTIMENT, "llm_answer": Kind.MODEL_ANSWERS, "setup": Kind.SETUPS,
    "rejection": Kind.SETUPS, "score": Kind.SCORES, "polymarket_quote": Kind.ODDS, "whale_transaction": Kind.WHALES,
    "touch": Kind.TOUCHES, "doubted_price": Kind.DOUBTED_PRICES, "backtest_parity": Kind.PARITIES,
    "parity_difference": Kind.PARITIES, "backtest_run": Kind.BACKTESTS, "backtest_trade": Kind.BACKTESTS,
}  # fmt: skip
# One row of each thing: a pair, a chat, a source, a part, a day of a budget. They are changed and not added to.
FIXED = {
    "chat", "close_to_score", "factor_series", "forming_candle", "heartbeat", "llm_day", "mute", "paper_account", "price_alert",
    "processed_close", "recipient", "regime_change", "resting_order", "sentiment_head", "source_status", "symbol", "ticker",
    "whale_label", "whale_poll", "claim", "candle_change", "polymarket_event", "polymarket_market", "dip_evening",
    "core_allocation",
}  # fmt: skip
# The record, for ever: what a person did or was told, and what every figure of the past is computed from.
RECORD = {
    "candle", "desk_rules", "exchange_flow", "factor_reading", "ledger_entry", "listing", "outcome",
    "paper_fill", "paper_refusal", "paper_trade", "polymarket_change", "screener_pick", "screener_run", "signal",
    "signal_choice", "signal_end", "universe_day", "whale_flow",
}  # fmt: skip


def test_growth_of_every_table_is_explained() -> None:
    groups = (set(BY_AGE), FIXED, RECORD)
    assert set().union(*groups) == set(metadata.tables)
    assert sum(map(len, groups)) == len(metadata.tables)
    ends = {*DAYS, *WALL_DAYS, Kind.STATES, Kind.ODDS, Kind.WHALES}
    assert set(BY_AGE.values()) <= ends
    assert CHANGE_DAYS == 1
    assert max(STATE_DAYS.values()) == 400


# What this year writes that is kept for longer than two months.
LONGER = ("candle 1h", "candle 4h", "candle 1d", "technical_state", "score", "alert", "delivery", "universe_day")
ROW_BYTES = 420  # with its part of the indexes: a candle's, the largest of them
SLACK = 1.15  # room of rows that are gone, which the next ones fill


@dataclass(frozen=True, slots=True)
class Size:
    """What the database holds at the end of a month."""

    rows: dict[str, int]
    bytes: int


class Year:
    """A database that lives through months of a desk's writes.

    Args:
        settings: on an empty, migrated database.
        pairs: how many are watched at a time; each month one is delisted and another listed.
    """

    def __init__(self, settings: Settings, pairs: int) -> None:
        self.settings, self.pairs = settings, pairs
        self._owner = create_engine(make_url(settings.owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)

    def month(self, number: int, step: timedelta) -> None:
        """Let a month pass in steps, each of writes and the retention after them."""
        functions = engine_for(self.settings.database("functions"), application="year")
        for place in range(MONTH // step):
            begin = BEGIN + number * MONTH + place * step
            with self._owner.begin() as connection:
                self._write(connection, begin, begin + step, [f"P{pair}USDT" for pair in range(number, number + self.pairs)])
            apply_retention(self.settings, functions, begin + step)
            with self._owner.begin() as connection:  # which candles changed goes by the server's own clock
                connection.execute(text("UPDATE candle_change SET noted_at = noted_at - CAST(:step AS interval)"), {"step": step})
        functions.dispose()

    def _write(self, connection: Connection, begin: datetime, end: datetime, pairs: list[str]) -> None:
        given = {"begin": begin, "end": end, "pairs": pairs}
        for timeframe in Timeframe:
            frame = given | {"timeframe": timeframe.value, "span": timeframe.span}
            for statement in _OF_A_CLOSE:
                connection.execute(text(statement), frame)
        for statement in _OF_A_DAY:
            connection.execute(text(statement), given)

    def upgrade(self) -> None:
        """Back up, go back to the backup, and migrate: an upgrade that failed and is then done."""
        file = backup(self.settings, None)
        restore(self.settings, file, replace=True)
        migrate(self.settings.owner_url, self.settings.passwords)
        file.unlink()
        current, head = current_and_head(self.settings.owner_url)
        assert current == head

    def size(self) -> Size:
        """Return what the database holds now, with what is dead taken out."""
        with self._owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            rows = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in metadata.tables}
            by_timeframe = connection.execute(text("SELECT timeframe, count(*) FROM candle GROUP BY timeframe")).all()
            rows |= {f"candle {timeframe}": count for timeframe, count in by_timeframe}
            return Size(rows, connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


_TIMES = "generate_series(CAST(:begin AS timestamptz), CAST(:end AS timestamptz) - CAST({0} AS interval), {0}) at"
_PAIRS = "unnest(CAST(:pairs AS text[])) pair"
_CLOSES, _QUARTERS, _HOURS, _DAYS = (_TIMES.format(span) for span in (":span", "'15 min'", "'1 hour'", "'1 day'"))
_OF_A_CLOSE = (
    f"""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, turnover, source)
        SELECT pair, :timeframe, at, 100, 101, 99, 100.5, 10, 1000, 'ws' FROM {_PAIRS}, {_CLOSES}""",
    f"""INSERT INTO technical_state (symbol, timeframe, close_time, version, direction, reason, close, atr, ema50, ema200)
        SELECT pair, :timeframe, at + :span, 1, 'NEUTRAL', 'none came', 100.5, 1, 100, 99 FROM {_PAIRS}, {_CLOSES}""",
)
_OF_A_DAY = (
    f"""INSERT INTO score (symbol, close_time, version, as_of, score, coverage, confidence, created_at)
        SELECT pair, at, 1, at, 0.1, 0.5, 0.2, at FROM {_PAIRS}, {_QUARTERS}""",
    f"""INSERT INTO universe_day
            (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, taken_at, kind, special_treatment)
        SELECT at::date, pair, 1, 1e8, 0.01, 0.001, at, '', false FROM {_PAIRS}, {_DAYS}""",
    f"""INSERT INTO telegram_update (update_id, press, chat_id, received_at)
        SELECT extract(epoch FROM at)::bigint, NULL, 1, at FROM {_HOURS}""",
    f"""WITH raised AS (
            INSERT INTO alert (key, kind, payload, created_at, expires_at, class, priority)
            SELECT 'reply:' || at, 'reply', '{{"words": "the answer to what a trader asked"}}', at, at, 'answer', 0 FROM {_HOURS}
            RETURNING id, created_at)
        INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, finished_at, message_id)
        SELECT id, 1, 'delivered', created_at, created_at, id FROM raised""",
    f"""INSERT INTO listing (symbol, event, at, noted_at) SELECT pair, event, at, at
        FROM {_PAIRS}, unnest(ARRAY['listed', 'delisted']) event, {_DAYS} WHERE extract(day FROM at) = 1""",
)


SHORT = pytest.param(3, 31, id="short")
YEAR = pytest.param(12, 31, id="year", marks=pytest.mark.soak)
AS_IT_COMES = pytest.param(15, 366, id="as it comes", marks=pytest.mark.soak)  # KEEP_15M_DAYS as nobody has set it


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("months", "keep_15m"), [SHORT, YEAR, AS_IT_COMES])
def test_database_grows_by_what_is_kept_alone(settings: Settings, months: int, keep_15m: int) -> None:
    year = Year(make_settings(**settings.model_dump() | {"keep_15m_days": keep_15m}), pairs=1)
    sizes = []
    for number in range(months):
        if number and number % 2 == 0:
            year.upgrade()
        year.month(number, timedelta(days=15))
        sizes.append(year.size())
    second, last = sizes[1], sizes[-1]
    # By the month (0 is the first) after which it is as large as ever.
    kept = dict.fromkeys(("candle 5m", "telegram_update"), 1)
    kept |= dict.fromkeys(("score", "alert", "delivery"), min(3, months - 1))  # three months and a little more
    kept |= dict.fromkeys(("candle 15m", "candle_change"), keep_15m // MONTH.days)  # a removal is a change too
    for table, month in kept.items():
        assert last.rows[table] == sizes[month].rows[table], table
    added = {table: last.rows[table] - second.rows[table] for table in last.rows if table != "candle"}
    longer = (*LONGER, *(["candle 15m", "candle_change"] if kept["candle 15m"] > 1 else []))
    explained = sum(added[table] for table in longer) * ROW_BYTES
    print([round(size.bytes / 2**20, 1) for size in sizes], {name: count for name, count in added.items() if count})
    assert {name for name, count in added.items() if count > 0} <= {*longer, "listing"}
    assert last.bytes <= second.bytes * SLACK + explained
