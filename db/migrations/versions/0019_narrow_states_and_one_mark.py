"""states by their columns, one mark of what is scanned, and which transaction corrected a candle.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NO_ENTRY = """'{"breakout": 0, "pullback": 0, "momentum": 0}'::jsonb"""
LATE = 24  # closes behind the newest one up to which a symbol counts as behind


def upgrade() -> None:
    _narrow_states()
    _one_mark()
    op.add_column("candle_revision", sa.Column("transaction", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column(
        "candle_revision",
        "transaction",
        server_default=sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
        comment="that replaced them; 0 for those from before it was noted",
    )
    op.create_index("ix_candle_revision_timeframe_transaction", "candle_revision", ["timeframe", "transaction"])


def _narrow_states() -> None:
    for name, kind, default, comment in (
        ("code", sa.Text(), "", "of the reason"),
        ("params", JSONB(), sa.text("'{}'::jsonb"), "of the reason"),
        ("failed", sa.Integer(), "0", "every check that failed, a bit each; the reason is the first"),
        ("problem", sa.SmallInteger(), "0", "what is wrong with the history, 0 for nothing"),
        ("trend", sa.SmallInteger(), "0", "1 up, -1 down, 0 neither"),
        ("strength", sa.Double(), "0", "of the trend, 0..1"),
    ):
        column = sa.Column(name, kind, nullable=False, server_default=default, comment=comment)
        op.add_column("technical_state", column)
    regime = "1 above EMA50 and EMA200, -1 below both; empty while not known"
    op.add_column("technical_state", sa.Column("regime", sa.SmallInteger(), nullable=True, comment=regime))
    for name in ("close", "atr", "ema50", "ema200"):
        op.add_column("technical_state", sa.Column(name, sa.Double(), nullable=True))
    op.alter_column(
        "technical_state",
        "state",
        nullable=True,
        comment="of a setup: trend, entries, levels, indicators, all reasons; else empty",
    )
    op.execute(f"""
        UPDATE technical_state SET
            code = coalesce(state->'reasons'->0->>'code', ''), params = coalesce(state->'reasons'->0->'params', '{{}}'::jsonb),
            problem = coalesce((state->>'problem')::smallint, 0),
            trend = coalesce((state->'trend'->>'direction')::smallint, 0),
            strength = coalesce((state->'trend'->>'strength')::float8, 0),
            regime = (state->'trend'->>'regime')::smallint, close = (state->>'close')::float8,
            atr = (state->'indicators'->>'atr')::float8, ema50 = (state->'indicators'->>'ema50')::float8,
            ema200 = (state->'indicators'->>'ema200')::float8,
            state = CASE WHEN timeframe IN ('15m', '1h') AND state->'entries' <> {NO_ENTRY} THEN state END
    """)  # noqa: S608 - our own words


def _one_mark() -> None:
    op.rename_table("processed_close", "processed_close_each")
    op.execute("ALTER TABLE processed_close_each RENAME CONSTRAINT pk_processed_close TO pk_processed_close_each")
    op.create_table(
        "processed_close",
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False, comment="'' for all that have no row of their own: those are behind"),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=False, comment="no close up to this one waits any more"),
        sa.Column(
            "horizon", sa.BigInteger(), nullable=False, comment="corrections by this transaction or a later one were not seen yet"
        ),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("function", "timeframe", "version", "symbol", name=op.f("pk_processed_close")),
    )
    op.execute("""
        INSERT INTO processed_close
        SELECT function, timeframe, version, '', max(close_time), 0, max(processed_at)
        FROM processed_close_each GROUP BY function, timeframe, version
    """)
    op.execute(f"""
        INSERT INTO processed_close
        SELECT function, timeframe, version, symbol, max(close_time), 0, max(processed_at)
        FROM (SELECT *, row_number() OVER (PARTITION BY function, timeframe, version ORDER BY close_time DESC) AS back
              FROM processed_close_each) AS newest, unnest(symbols) AS symbol
        WHERE back <= {LATE} GROUP BY function, timeframe, version, symbol HAVING min(back) > 1
    """)  # noqa: S608 - our own number
    op.drop_table("processed_close_each")


def downgrade() -> None:
    op.drop_index("ix_candle_revision_timeframe_transaction", "candle_revision")
    op.drop_column("candle_revision", "transaction")
    op.execute("CREATE TEMPORARY TABLE mark ON COMMIT DROP AS SELECT * FROM processed_close")
    op.drop_table("processed_close")
    op.create_table(
        "processed_close",
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("symbols", sa.ARRAY(sa.Text()), nullable=False, comment="which symbols' candles were in it"),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("function", "timeframe", "close_time", "version", name=op.f("pk_processed_close")),
    )
    op.execute("""
        INSERT INTO processed_close
        SELECT m.function, m.timeframe, s.close_time, m.version, array_agg(s.symbol ORDER BY s.symbol), m.processed_at
        FROM mark m JOIN technical_state s USING (timeframe, version)
        WHERE m.symbol = '' AND s.close_time <= m.close_time
        GROUP BY m.function, m.timeframe, s.close_time, m.version, m.processed_at
    """)
    op.execute("UPDATE technical_state SET state = '{}' WHERE state IS NULL")
    op.alter_column("technical_state", "state", nullable=False, comment="trend, levels, indicator snapshot")
    for name in ("code", "params", "failed", "problem", "trend", "strength", "regime", "close", "atr", "ema50", "ema200"):
        op.drop_column("technical_state", name)
