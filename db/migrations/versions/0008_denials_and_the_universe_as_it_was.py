"""how often the exchange denied a candle, and what a pair was on a day of the universe.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "gap",
        sa.Column(
            "denials",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="how often the exchange said that it has none",
        ),
    )
    op.add_column("universe_day", sa.Column("kind", sa.Text(), nullable=True, comment="as it was that day; also the next column"))
    op.add_column("universe_day", sa.Column("special_treatment", sa.Boolean(), nullable=True))
    op.execute("""
        UPDATE universe_day d SET kind = s.kind, special_treatment = s.special_treatment FROM symbol s WHERE s.symbol = d.symbol
    """)
    op.alter_column("universe_day", "kind", nullable=False)
    op.alter_column("universe_day", "special_treatment", nullable=False)
    op.alter_column("universe_day", "taken_at", comment="a pair listed later that day has a later one")
    op.alter_column("candle", "turnover", comment="in the quote coin")


def downgrade() -> None:
    op.alter_column("candle", "turnover", comment="in the quote coin; ccxt's history does not carry it")
    op.alter_column("universe_day", "taken_at", comment=None)
    op.drop_column("universe_day", "special_treatment")
    op.drop_column("universe_day", "kind")
    op.drop_column("gap", "denials")
