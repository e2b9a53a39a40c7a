"""The candle that is still open, with its range so far.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "forming_candle",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("open_time", MOMENT, nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("open", "high", "low", "close")),
        sa.Column("exchange_time", MOMENT, nullable=False, comment="when the exchange said so"),
        sa.PrimaryKeyConstraint("symbol", name=op.f("pk_forming_candle")),
    )


def downgrade() -> None:
    op.drop_table("forming_candle")
