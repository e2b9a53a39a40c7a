"""what headlines say.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sentiment",
        sa.Column("key", sa.Text(), primary_key=True, comment="of the headline, as in news_item"),
        sa.Column("coin", sa.Text(), primary_key=True, comment="a base coin, or MARKET"),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="the headline in its plain form"),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False, comment="market time"),
        sa.Column("bearish", sa.Double(), nullable=False),
        sa.Column("neutral", sa.Double(), nullable=False),
        sa.Column("bullish", sa.Double(), nullable=False),
        sa.Column("speaks", sa.Boolean(), nullable=False, comment="false is an abstention, which is not neutral"),
        sa.Column("room", sa.Text(), nullable=False, comment="who judged it: llm, embedding or lexicon"),
        sa.CheckConstraint("bearish >= 0 AND neutral >= 0 AND bullish >= 0", name=op.f("ck_sentiment_probabilities")),
    )
    op.create_index(op.f("ix_sentiment_published_at"), "sentiment", ["published_at"])


def downgrade() -> None:
    op.drop_table("sentiment")
