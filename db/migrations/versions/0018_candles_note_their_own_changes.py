"""candles note their own changes.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Statements, not rows: a load of history writes thousands of candles at once.
WRITES = ("INSERT", "UPDATE")


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION note_written_candles() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO candle_change (timeframe, first_open_time, last_open_time)
            SELECT timeframe, min(open_time), max(open_time) FROM written GROUP BY timeframe;
            RETURN NULL;
        END $$
    """)
    for write in WRITES:
        op.execute(f"""
            CREATE TRIGGER note_{write.lower()} AFTER {write} ON candle REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION note_written_candles()
        """)
    # A hypertable hands no removed rows to a statement's trigger. Retention, which removes many, notes them itself and says so.
    op.execute("""
        CREATE FUNCTION note_removed_candle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO candle_change (timeframe, first_open_time, last_open_time)
            VALUES (OLD.timeframe, OLD.open_time, OLD.open_time);
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER note_delete AFTER DELETE ON candle FOR EACH ROW
        WHEN (current_setting('quorum.removal_is_noted', true) IS DISTINCT FROM 'on')
        EXECUTE FUNCTION note_removed_candle()
    """)


def downgrade() -> None:
    for write in (*WRITES, "DELETE"):
        op.execute(f"DROP TRIGGER note_{write.lower()} ON candle")
    op.execute("DROP FUNCTION note_written_candles()")
    op.execute("DROP FUNCTION note_removed_candle()")
