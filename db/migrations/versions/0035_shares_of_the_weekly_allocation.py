"""The settings of the weekly allocation, and an account that buys more of what it holds.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FIGURES = "shares before and after, the coins, what was traded, what could not be"


def upgrade() -> None:
    op.create_table(
        "core_allocation",
        sa.Column("day", MOMENT, nullable=False, comment="daily close that the shares stand on, a midnight UTC"),
        sa.Column("code", sa.Text(), nullable=False, comment="why they were set: start, week, gate_opened, gate_closed"),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment=FIGURES),
        sa.Column("set_at", MOMENT, nullable=False, comment="market time"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_core_allocation")),
    )
    # Each purchase of the weekly allocation is a trade of its own: a coin may have several.
    op.drop_index("ix_paper_trade_open", table_name="paper_trade")
    _one_open_trade("state = 'open' AND source <> 'core'")


def downgrade() -> None:
    op.drop_index("ix_paper_trade_open", table_name="paper_trade")
    _one_open_trade("state = 'open'")
    op.drop_table("core_allocation")


def _one_open_trade(of_which: str) -> None:
    op.create_index(
        "ix_paper_trade_open", "paper_trade", ["account_id", "symbol"], unique=True, postgresql_where=sa.text(of_which)
    )
