"""when a pair was found gone.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "symbol",
        sa.Column(
            "delisted_at", sa.DateTime(timezone=True), nullable=True, comment="when it was found gone; empty while it trades"
        ),
    )
    op.execute("UPDATE symbol SET delisted_at = last_seen_at WHERE status = 'Delisted'")


def downgrade() -> None:
    op.drop_column("symbol", "delisted_at")
