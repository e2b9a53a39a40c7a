"""a candle's values packed.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VALUES = ("open", "high", "low", "close", "volume")


def upgrade() -> None:
    packed = " || ".join(f"float8send({name})" for name in VALUES)
    op.execute(f"ALTER TABLE candle ADD COLUMN packed bytea GENERATED ALWAYS AS ({packed}) STORED")
    op.execute("ALTER TABLE candle ALTER COLUMN packed SET STORAGE PLAIN")
    op.execute("COMMENT ON COLUMN candle.packed IS 'open, high, low, close, volume as big-endian float64: what scans read'")
    # A scan then finds all it reads in the index, side by side, however the candles came; which of them are settled is what vacuum notes.
    op.drop_index("ix_candle_timeframe_open_time", "candle")
    op.create_index(
        "ix_candle_timeframe_open_time", "candle", ["timeframe", "open_time"], postgresql_include=["symbol", "packed"]
    )
    op.execute("ALTER TABLE candle SET (autovacuum_vacuum_insert_scale_factor = 0.02)")


def downgrade() -> None:
    op.execute("ALTER TABLE candle RESET (autovacuum_vacuum_insert_scale_factor)")
    op.drop_index("ix_candle_timeframe_open_time", "candle")
    op.drop_column("candle", "packed")
    op.create_index("ix_candle_timeframe_open_time", "candle", ["timeframe", "open_time"])
