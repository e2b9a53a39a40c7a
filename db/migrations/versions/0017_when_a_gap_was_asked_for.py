"""when a gap was asked for.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENTS = {
    "tried_at": "exchange time of the last such answer; of an absent one the last look",
    "denied_at": "exchange time of the last denial that counted",
}


def upgrade() -> None:
    op.add_column(
        "gap",
        sa.Column("unsettled", sa.Integer, nullable=False, server_default="0", comment="answers that did not settle it"),
    )
    for name, comment in MOMENTS.items():
        op.add_column("gap", sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment))
    op.alter_column("gap", "denials", comment="how often the exchange said that it has none, minutes apart")


def downgrade() -> None:
    op.alter_column("gap", "denials", comment="how often the exchange said that it has none")
    for name in (*MOMENTS, "unsettled"):
        op.drop_column("gap", name)
