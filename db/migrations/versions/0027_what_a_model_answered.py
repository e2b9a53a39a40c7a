"""what a model answered, what a day of it costs, and heads that the desk has learnt.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "llm_answer",
        sa.Column("model", sa.Text(), primary_key=True),
        sa.Column("prompt_hash", sa.Text(), primary_key=True, comment="hash of the instructions and the schema"),
        sa.Column("text_hash", sa.Text(), primary_key=True, comment="hash of the words and the subjects that were asked about"),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="the headline in its plain form, or what research was asked"),
        sa.Column(
            "subjects", sa.ARRAY(sa.Text()), nullable=False, comment="as they were asked: base coins, MARKET, or placeholders"
        ),
        sa.Column("answer", sa.Text(), nullable=False, comment="as it came"),
        sa.Column("unusable", sa.Text(), nullable=False, comment="why it was thrown away; empty when it was not"),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False, comment="USD, by the prices of the settings"),
        sa.Column("first_seen_at", MOMENT, nullable=False, comment="market time"),
    )
    op.create_index(op.f("ix_llm_answer_first_seen_at"), "llm_answer", ["first_seen_at"])
    op.create_table(
        "llm_day",
        sa.Column("day", sa.Date(), primary_key=True, comment="UTC, by the wall clock: so is money"),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False, comment="USD"),
    )
    op.create_table(
        "sentiment_head",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("taken_at", MOMENT, nullable=False, comment="wall clock"),
        sa.Column(
            "document",
            sa.Text(),
            nullable=False,
            comment="as sentiment-train writes it into a file; empty goes back to the shipped head",
        ),
        sa.Column("figures", JSONB(), nullable=False, comment="how it did against the head before it on labels kept aside"),
    )


def downgrade() -> None:
    op.drop_table("sentiment_head")
    op.drop_table("llm_day")
    op.drop_table("llm_answer")
