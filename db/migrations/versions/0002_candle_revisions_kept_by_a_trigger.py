"""candle revisions kept by a trigger.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A trigger and not the writing code: no way of writing can overwrite a candle without leaving what it replaced.
    op.execute("""
        CREATE FUNCTION keep_candle_revision() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO candle_revision
                (symbol, timeframe, open_time, open, high, low, close, volume, turnover, source, revised_at)
            VALUES (OLD.symbol, OLD.timeframe, OLD.open_time, OLD.open, OLD.high, OLD.low, OLD.close, OLD.volume, OLD.turnover,
                    OLD.source, now());
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER keep_candle_revision AFTER UPDATE ON candle FOR EACH ROW
        WHEN ((OLD.open, OLD.high, OLD.low, OLD.close, OLD.volume) IS DISTINCT FROM (NEW.open, NEW.high, NEW.low, NEW.close, NEW.volume))
        EXECUTE FUNCTION keep_candle_revision()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_candle_revision ON candle")
    op.execute("DROP FUNCTION keep_candle_revision()")
