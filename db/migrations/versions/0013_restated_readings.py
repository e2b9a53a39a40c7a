"""restated readings.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "factor_series",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("symbol", sa.Text(), nullable=False, comment="a pair, or MARKET"),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="who says it"),
        sa.UniqueConstraint("symbol", "factor", "source", name=op.f("uq_factor_series_symbol_factor_source")),
    )
    op.execute("ALTER TABLE factor_reading RENAME TO old_reading")
    op.execute("ALTER TABLE old_reading DROP CONSTRAINT pk_factor_reading, DROP CONSTRAINT ck_factor_reading_ranges")
    op.create_table(
        "factor_reading",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="the moment it is about"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="market time; a restatement has the same as_of and a later one",
        ),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("publishers", sa.Integer(), nullable=False, comment="independent ones behind it"),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("value BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name=op.f("ck_factor_reading_ranges")),
        sa.ForeignKeyConstraint(["series_id"], ["factor_series.id"], name=op.f("fk_factor_reading_series_id")),
        sa.PrimaryKeyConstraint("series_id", "as_of", "seen_at", name=op.f("pk_factor_reading")),
    )
    op.execute(
        "INSERT INTO factor_series (symbol, factor, source)"
        " SELECT DISTINCT symbol, factor, source FROM old_reading ORDER BY symbol, factor, source"
    )
    # Everything kept so far is a measurement of one publisher.
    op.execute(
        "INSERT INTO factor_reading (series_id, as_of, seen_at, stale_at, value, confidence, publishers, evidence)"
        " SELECT id, as_of, seen_at, stale_at, value, confidence, 1, evidence"
        " FROM old_reading JOIN factor_series USING (symbol, factor, source)"
    )
    op.drop_table("old_reading")


def downgrade() -> None:
    op.execute("ALTER TABLE factor_reading RENAME TO new_reading")
    op.execute("ALTER TABLE new_reading DROP CONSTRAINT pk_factor_reading, DROP CONSTRAINT ck_factor_reading_ranges")
    op.create_table(
        "factor_reading",
        sa.Column("symbol", sa.Text(), nullable=False, comment="a pair, or MARKET"),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="the moment it is about"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="market time; not to be used for a moment before it",
        ),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("value BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name=op.f("ck_factor_reading_ranges")),
        sa.PrimaryKeyConstraint("symbol", "factor", "source", "as_of", name=op.f("pk_factor_reading")),
    )
    op.create_index(op.f("ix_factor_reading_source_symbol_as_of"), "factor_reading", ["source", "symbol", "as_of"])
    # The older table has room for one statement a moment: the first.
    op.execute(
        "INSERT INTO factor_reading (symbol, factor, source, as_of, seen_at, stale_at, value, confidence, evidence)"
        " SELECT DISTINCT ON (series_id, as_of) symbol, factor, source, as_of, seen_at, stale_at, value, confidence, evidence"
        " FROM new_reading JOIN factor_series ON id = series_id ORDER BY series_id, as_of, seen_at"
    )
    op.drop_table("new_reading")
    op.drop_table("factor_series")
