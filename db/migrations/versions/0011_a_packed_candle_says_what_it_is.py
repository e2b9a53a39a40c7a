"""a packed candle says what it is.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

VALUES = " || ".join(f"float8send({name})" for name in ("open", "high", "low", "close", "volume"))


def upgrade() -> None:
    pack(
        f"int8send(hashtextextended(symbol, 0)) || timestamptz_send(open_time) || {VALUES}",
        "the symbol as its hash, open time, open, high, low, close, volume as big-endian float64: what scans read",
    )


def downgrade() -> None:
    pack(VALUES, "open, high, low, close, volume as big-endian float64: what scans read")


def pack(fields: str, comment: str) -> None:
    op.drop_index("ix_candle_timeframe_open_time", "candle")
    op.drop_column("candle", "packed")
    op.execute(f"ALTER TABLE candle ADD COLUMN packed bytea GENERATED ALWAYS AS ({fields}) STORED")
    op.execute("ALTER TABLE candle ALTER COLUMN packed SET STORAGE PLAIN")
    op.execute(f"COMMENT ON COLUMN candle.packed IS '{comment}'")
    op.create_index(
        "ix_candle_timeframe_open_time", "candle", ["timeframe", "open_time"], postgresql_include=["symbol", "packed"]
    )
