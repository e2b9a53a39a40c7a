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


def downgrade() -> None:
    op.drop_column("candle", "packed")
