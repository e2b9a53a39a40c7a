"""who claimed a delivery and when, so that a repeated claim gets its lease back.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("delivery", sa.Column("claimed_at", moment, nullable=True, comment="when it was claimed last"))
    op.add_column(
        "delivery",
        sa.Column("claimed_by", sa.Text(), nullable=True, comment="key of that claim: the same claim gets the same lease"),
    )
    op.create_index("ix_delivery_claimed_by", "delivery", ["claimed_by"], postgresql_where=sa.text("state = 'pending'"))


def downgrade() -> None:
    op.drop_index("ix_delivery_claimed_by", table_name="delivery")
    op.drop_column("delivery", "claimed_by")
    op.drop_column("delivery", "claimed_at")
