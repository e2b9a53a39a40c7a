"""The tables of readiness: each figure beside what is asked of it, and how much of it a coin toss shows."""

from collections.abc import Sequence

from functions.performance.answers import ReadinessAnswer, ReadinessLine, write_line
from functions.performance.metrics.definitions import DEFINITIONS
from functions.performance.readiness.targets import Standing
from tui import words
from tui.tables.cells import Cell, CellTable, Column, Line
from tui.words import Tone

COLUMNS = (
    Column("Plan", 16),
    Column("Value", 9, right=True),
    Column("Asked", 12, right=True),
    Column("Stands", 10),
    Column("Lacks", 8, right=True),
    Column("Stands on", 12, right=True),
    Column("Coin", 6, right=True),
    Column("Known", 6, right=True),
)
TITLES = {
    "uptime": "Uptime",
    "latency_s": "Signal p99",
    "signals_a_day": "Signals a day",
    "excess_return": "Against BTC",
    "days": "Days",
}
STANDINGS = {
    Standing.MET: ("✓ met", Tone.UP),
    Standing.MINIMUM: ("~ minimum", Tone.PLAIN),
    Standing.MISSED: ("✗ missed", Tone.DOWN),
    Standing.UNKNOWN: ("? unknown", Tone.DIM),
}


def plan_table(pane: ReadinessAnswer) -> CellTable:
    """Return the targets of the plan's big test."""
    return _table("Plan, 28 days", pane.plan)


def real_money_table(pane: ReadinessAnswer) -> CellTable:
    """Return what is asked for before real money."""
    return _table("Real money", pane.real_money)


def _table(title: str, lines: Sequence[ReadinessLine]) -> CellTable:
    return CellTable((Column(title, COLUMNS[0].width), *COLUMNS[1:]), tuple(_line(line) for line in lines))


def _line(line: ReadinessLine) -> Line:
    figure, (stands, tone) = line.figure, STANDINGS[line.standing]
    lacks = words.NOTHING if not line.lacking else write_line(figure, line.lacking)
    return Line(
        figure,
        (
            Cell(TITLES.get(figure) or DEFINITIONS[figure].title),
            Cell(line.written, tone, line.value),
            Cell(asked(line)),
            Cell(stands, tone),
            Cell(lacks, value=line.lacking),
            Cell(f"{line.sample} {line.sample_of}", value=line.sample),
            Cell(words.share(line.chance), value=line.chance),
            Cell(_decided(line), value=line.days_left),
        ),
    )


def asked(line: ReadinessLine) -> str:
    """Write what is asked of a figure: > 55.0%, < 30.0 s, 3.00 to 10.00."""
    plan = write_line(line.figure, line.plan)
    if line.most is not None:
        return f"{line.plan:.0f} to {line.most:.0f}"
    if line.figure in ("days", "trades"):
        return f"≥ {plan}"
    return f"{'>' if line.above else '<'} {plan}"


def _decided(line: ReadinessLine) -> str:
    if line.days_left is None:
        return "?" if line.standing is Standing.UNKNOWN else ">10y"
    return f"{line.days_left}d" if line.days_left else "now"


def readiness_line(pane: ReadinessAnswer) -> str:
    """Return how far the test is, whether all that real money asks for is met, and how long ago a close was scored."""
    ready = "all that real money asks for is met" if pane.ready else "not ready for real money"
    seconds = (pane.as_of - pane.scored_to).total_seconds() if pane.scored_to else None
    return f"day {pane.days} of {pane.plan_days}  {pane.trades} closed trades  {ready}  scored {words.ago(seconds)}"


def coin_line(pane: ReadinessAnswer) -> str:
    """Return what a coin toss with the same exits shows."""
    if pane.chance_of_plan is None or pane.chance_of_minimum is None:
        return "coin toss: not known before the first closed trade with a stop"
    worlds = f"{pane.chance_of_plan:.0%} of worlds, the minima in {pane.chance_of_minimum:.0%}"
    return f"a coin toss meets the four targets in {worlds}"
