"""The tables of the sources, the processes and the candles."""

from functions.panes.answers import DataPane
from tui import words
from tui.tables.cells import Cell, CellTable, Column, Line
from tui.words import Tone

CANDLES = (
    Column("Candles", 9),
    Column("Closed (UTC)", 18),
    Column("Age", 6, right=True),
    Column("Pairs", 6, right=True),
    Column("", 8),
)
PARTS = (Column("Process", 14), Column("Beat", 7, right=True), Column("", 8))
SOURCES = (
    Column("Source", 22),
    Column("Answered", 10, right=True),
    Column("Times", 8, right=True),
    Column("State", 40),
)
OK, LATE = Cell("✓"), Cell("! late", Tone.LATE)


def candles_table(pane: DataPane) -> CellTable:
    """Return how far the candles of each timeframe reach."""
    return CellTable(
        CANDLES,
        tuple(
            Line(
                row.timeframe,
                (
                    Cell(row.timeframe),
                    Cell(words.moment(row.closed_at)),
                    Cell(words.age(row.age_seconds), Tone.LATE if row.late else Tone.DIM, row.age_seconds),
                    Cell(str(row.symbols), value=row.symbols),
                    LATE if row.late else OK,
                ),
            )
            for row in pane.candles
        ),
    )


def parts_table(pane: DataPane) -> CellTable:
    """Return the processes with the age of their last heartbeat."""
    return CellTable(
        PARTS,
        tuple(
            Line(row.part, (Cell(row.part), Cell(words.age(row.age_seconds), value=row.age_seconds), LATE if row.late else OK))
            for row in pane.parts
        ),
    )


def sources_table(pane: DataPane) -> CellTable:
    """Return every outside source: when it answered last, and what is wrong with it."""
    return CellTable(
        SOURCES,
        tuple(
            Line(
                row.source,
                (
                    Cell(row.source),
                    Cell(words.age(row.age_seconds), Tone.DIM, row.age_seconds),
                    Cell(words.NOTHING if row.successes is None else f"{row.successes:,}", value=row.successes),
                    Cell(f"✗ {row.error}", Tone.LATE) if row.error else OK,
                ),
            )
            for row in pane.sources
        ),
    )


def counts_line(pane: DataPane) -> str:
    """Return gaps, revisions and deliveries in one line."""
    outbox = "  ".join(f"{state} {count}" for state, count in pane.outbox.items() if count)
    return f"gaps open {pane.open_gaps}  revised in 24 h {pane.revisions_24h}  messages: {outbox or 'none'}"


def delivered_line(pane: DataPane) -> str:
    """Return what arrived in Telegram in 24 hours, and how long after its candle's close a signal did."""
    delivered = pane.delivered
    newest = f", the newest {words.age(delivered.age_seconds)} ago" if delivered.newest_at else ""
    arrived = f"Telegram, 24 h: {delivered.messages} messages{newest}"
    if delivered.median_seconds is None or delivered.p99_seconds is None:
        return f"{arrived}; no signal was sent"
    return f"{arrived}; {delivered.signals} signals in {delivered.median_seconds:.1f} s, p99 {delivered.p99_seconds:.1f} s"


def machine_line(pane: DataPane) -> str:
    """Return how busy the machine is; of the past nothing is known."""
    machine = pane.machine
    if machine is None:
        return "machine: not known of the past"
    return (
        f"CPU {machine.cpu_percent:.0f}%  memory {machine.memory_percent:.0f}%  database {machine.database_bytes / 2**20:,.0f} MB"
    )
