"""setups, the score of every coin at every close, rejections, and when the regime changed.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEY = ("symbol", "timeframe", "close_time", "version")
FACTORS = ("technical", "sentiment", "onchain", "context", "momentum")
AGREEMENT = "share of the weights that agree over the share that has to, 0..1"


def upgrade() -> None:
    op.create_table(
        "close_to_score",
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False),
        sa.Column("symbols", sa.ARRAY(sa.Text()), nullable=False, comment="scanned at this close, and not scored yet"),
        sa.PrimaryKeyConstraint("timeframe", "close_time", name=op.f("pk_close_to_score")),
    )
    _setup()
    _score()
    _rejection()
    op.create_table(
        "regime_change",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False, comment="of the daily candle that changed it"),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the rules"),
        sa.Column("regime", sa.SmallInteger(), nullable=False, comment="1 longs, -1 shorts, 0 none"),
        sa.Column("before", sa.SmallInteger(), nullable=True, comment="empty for the first that was known"),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("symbol", "close_time", "version", name=op.f("pk_regime_change")),
    )
    _signal()
    op.create_index("ix_factor_reading_as_of", "factor_reading", ["as_of"], postgresql_using="brin")


def _setup() -> None:
    op.create_table(
        "setup",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the rules that found it"),
        sa.Column("direction", sa.Text(), nullable=False, comment="LONG or SHORT"),
        sa.Column("entry", sa.Numeric(), nullable=False),
        sa.Column("stop", sa.Numeric(), nullable=False),
        sa.Column("targets", sa.ARRAY(sa.Numeric()), nullable=False, comment="three, nearest first"),
        sa.Column("risk_reward", sa.Double(), nullable=False, comment="mean of the targets on the tick over the stop distance"),
        sa.Column("cost", sa.Double(), nullable=False, comment="round trip over the stop distance"),
        sa.Column(
            "range_ratio", sa.Double(), nullable=True, comment="range of the last candles over its norm; empty while not known"
        ),
        sa.Column("reasons", JSONB(), nullable=False, comment="ordered, for a person"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_setup")),
    )
    op.create_index("ix_setup_close_time", "setup", ["close_time"])


def _score() -> None:
    op.create_table(
        "score",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False, comment="of the 15m candle"),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the rules"),
        sa.Column("as_of", MOMENT, nullable=False, comment="what was known then counts"),
        sa.Column("score", sa.Double(), nullable=True, comment="0..100, 50 is neutral; empty when no factor is known"),
        sa.Column("coverage", sa.Double(), nullable=False, comment="share of all weights that is known, 0..1"),
        sa.Column("confidence", sa.Double(), nullable=False, comment=AGREEMENT),
        sa.Column("created_at", MOMENT, nullable=False, comment="market time of the scoring"),
        *(
            sa.Column(
                factor, sa.Double(), nullable=True, comment="points by which it moves the score from 50; empty while it is silent"
            )
            for factor in FACTORS
        ),
        sa.PrimaryKeyConstraint("symbol", "close_time", "version", name=op.f("pk_score")),
    )
    op.create_index("ix_score_close_time", "score", ["close_time"])


def _rejection() -> None:
    op.create_table(
        "rejection",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the setup"),
        sa.Column(
            "failed", sa.Integer(), nullable=False, comment="every check that failed, a bit each; the reason is the lowest"
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="of the first reason"),
        sa.Column("reasons", JSONB(), nullable=False, comment="every check that failed, each with its figures"),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("factors", JSONB(), nullable=False, comment="what each factor said"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejection")),
        sa.UniqueConstraint(*KEY, name=op.f("uq_rejection_symbol_timeframe_close_time_version")),
        sa.ForeignKeyConstraint(KEY, [f"setup.{name}" for name in KEY], name=op.f("fk_rejection_symbol"), ondelete="CASCADE"),
        sa.CheckConstraint("failed > 0", name=op.f("ck_rejection_failed")),
    )
    op.create_index("ix_rejection_close_time", "rejection", ["close_time"])


def _signal() -> None:
    op.add_column(
        "signal",
        sa.Column("score", sa.Double(), nullable=True, comment="0..100; empty for one from before there was a score"),
    )
    op.add_column(
        "signal", sa.Column("coverage", sa.Double(), nullable=True, comment="share of all weights that was known, 0..1")
    )
    op.add_column("signal", sa.Column("factors", JSONB(), nullable=True, comment="what each factor said"))
    op.add_column(
        "signal",
        sa.Column(
            "obstacles",
            sa.ARRAY(sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::text[]"),
            comment="why it takes nothing of the account",
        ),
    )
    op.alter_column("signal", "confidence", comment=AGREEMENT)
    op.alter_column("signal", "position_pct", comment="percent of equity; 0 with an obstacle")


def downgrade() -> None:
    op.drop_index("ix_factor_reading_as_of", "factor_reading")
    op.alter_column("signal", "position_pct", comment="percent of equity")
    op.alter_column("signal", "confidence", comment=None)
    for name in ("obstacles", "factors", "coverage", "score"):
        op.drop_column("signal", name)
    for table in ("regime_change", "rejection", "score", "setup", "close_to_score"):
        op.drop_table(table)
