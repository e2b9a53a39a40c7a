"""trades that are held, and prices that are named.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    newest = "newest sound price its settlement has met; empty before the first"
    held = "when its price made a step that no market makes; empty while it is sound"
    passed = "5m candles that passed without having been seen"
    op.add_column("paper_trade", sa.Column("last_price", sa.Numeric(), nullable=True, comment=newest))
    op.add_column("paper_trade", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True, comment=held))
    op.add_column("paper_trade", sa.Column("unseen", sa.Integer(), server_default="0", nullable=False, comment=passed))
    comment = "a person named its price"
    op.add_column("paper_fill", sa.Column("named", sa.Boolean(), server_default="false", nullable=False, comment=comment))


def downgrade() -> None:
    op.drop_column("paper_fill", "named")
    op.drop_column("paper_trade", "unseen")
    op.drop_column("paper_trade", "held_at")
    op.drop_column("paper_trade", "last_price")
