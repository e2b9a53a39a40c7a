"""Accounts beside each other: what a trade follows, the rules it lives by, and why one was not opened.

The trades there were are the trader's own; they keep the rules they were opened under.

Revision ID: 0025
Revises: 0024
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SOURCES = "source IN ('manual', 'signal', 'setup', 'watch_list', 'random')"
IDEA = "what it follows, once an account: signal:ID, rejection:ID, random:ID"
BESIDE = "a random entry stands beside it"


def upgrade() -> None:
    op.execute("UPDATE paper_account SET name = 'manual' WHERE name = 'paper'")
    op.alter_column("paper_account", "name", comment="desk, manual, or that of a shadow")
    _trade()
    op.create_table(
        "paper_refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("idea", sa.Text(), nullable=False, comment=IDEA),
        sa.Column("signal_id", sa.BigInteger(), nullable=True, comment=BESIDE),
        sa.Column("rejection_id", sa.BigInteger(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="of the first reason"),
        sa.Column("reasons", JSONB(), nullable=False, comment="every reason, each a code with its figures"),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("side IN ('long', 'short')", name=op.f("ck_paper_refusal_side")),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_paper_refusal_account_id")),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_paper_refusal_signal_id")),
        sa.ForeignKeyConstraint(
            ["rejection_id"], ["rejection.id"], name=op.f("fk_paper_refusal_rejection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_refusal")),
        sa.UniqueConstraint("account_id", "idea", name=op.f("uq_paper_refusal_account_id_idea")),
    )
    for column in ("at", "signal_id", "rejection_id"):
        op.create_index(op.f(f"ix_paper_refusal_{column}"), "paper_refusal", [column])


def _trade() -> None:
    table = "paper_trade"
    op.add_column(table, sa.Column("idea", sa.Text(), nullable=True, comment=IDEA))
    op.add_column(table, sa.Column("signal_id", sa.BigInteger(), nullable=True, comment=BESIDE))
    op.add_column(table, sa.Column("rejection_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_paper_trade_signal_id"), table, "signal", ["signal_id"], ["id"])
    op.create_foreign_key(op.f("fk_paper_trade_rejection_id"), table, "rejection", ["rejection_id"], ["id"], ondelete="SET NULL")
    rules: dict[str, tuple[sa.types.TypeEngine[Any], str, str]] = {
        "fee": (sa.Numeric(), "0.001", "of each of its fills, a fraction"),
        "slippage": (sa.Numeric(), "0.0005", "of each of its fills at the market, a fraction"),
        "break_even": (sa.Boolean(), "true", "the first target moves the stop to the entry's price"),
        "regime_exit": (sa.Boolean(), "false", "it ends when the gate no longer allows its side"),
    }
    for name, (kind, value, comment) in rules.items():
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value, comment=comment))
        op.alter_column(table, name, server_default=None)
    leaves = "what is left is sold from then on; empty for one without an end in time"
    op.add_column(table, sa.Column("leaves_at", MOMENT, nullable=True, comment=leaves))
    op.drop_constraint(op.f("ck_paper_trade_source"), table)
    op.create_check_constraint(op.f("ck_paper_trade_source"), table, SOURCES)
    op.create_index("ix_paper_trade_idea", table, ["account_id", "idea"], unique=True)
    op.create_index(op.f("ix_paper_trade_signal_id"), table, ["signal_id"])
    op.create_index(op.f("ix_paper_trade_rejection_id"), table, ["rejection_id"])


def downgrade() -> None:
    table = "paper_trade"
    op.drop_table("paper_refusal")
    for index in ("ix_paper_trade_idea", op.f("ix_paper_trade_signal_id"), op.f("ix_paper_trade_rejection_id")):
        op.drop_index(index, table)
    _remove_other_accounts()
    op.drop_constraint(op.f("ck_paper_trade_source"), table)
    op.create_check_constraint(op.f("ck_paper_trade_source"), table, "source IN ('manual', 'signal')")
    for name in ("idea", "signal_id", "rejection_id", "fee", "slippage", "break_even", "regime_exit", "leaves_at"):
        op.drop_column(table, name)
    op.alter_column("paper_account", "name", comment=None)
    op.execute("UPDATE paper_account SET name = 'paper' WHERE name = 'manual'")


def _remove_other_accounts() -> None:
    """Remove what the older code cannot read: every account but the trader's own."""
    for table in ("ledger_entry", "paper_fill"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    op.execute("DELETE FROM ledger_entry USING paper_account a WHERE a.id = account_id AND a.name <> 'manual'")
    op.execute("""
        DELETE FROM paper_fill f USING paper_trade t, paper_account a
        WHERE t.id = f.trade_id AND a.id = t.account_id AND a.name <> 'manual'
    """)
    op.execute("DELETE FROM paper_trade USING paper_account a WHERE a.id = account_id AND a.name <> 'manual'")
    op.execute("DELETE FROM paper_request USING paper_account a WHERE a.id = account_id AND a.name <> 'manual'")
    op.execute("DELETE FROM paper_account WHERE name <> 'manual'")
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("ledger_entry", "paper_fill"):
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
