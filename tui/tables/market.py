"""The market's table and the lines above it."""

from functions.factors.answers import SourceReading
from functions.panes.answers import MarketPane, MarketRow
from tui import words
from tui.tables.cells import Cell, CellTable, Column, Line
from tui.words import Tone

MOODS = ("fear_greed", "dominance", "news", "polymarket")  # these first: the line is cut at the right
SPARKLINE = 14  # hours
COLUMNS = (
    Column("Coin", 10),
    Column("Price", 11, right=True),
    Column("24 h", 8, right=True),
    Column("Turnover", 9, right=True),
    Column("Trend 1d", 10),
    Column("Score", 6, right=True),
    Column("Conf", 5, right=True),
    Column("Age", 5, right=True),
    Column("Last day", 15),
    Column("Strength", 9, right=True, wide=True),
    Column("Closed (UTC)", 18, wide=True),
    Column("Scored (UTC)", 18, wide=True),
)


def market_table(pane: MarketPane) -> CellTable:
    """Return the pairs, the largest turnover first."""
    return CellTable(COLUMNS, tuple(_line(row) for row in pane.rows))


def _line(row: MarketRow) -> Line:
    late = Tone.LATE if row.age_seconds > words.LATE_AFTER else Tone.DIM
    trend = Tone.PLAIN if row.trend is None else words.tone_of(row.trend)
    return Line(
        row.symbol,
        (
            Cell(row.symbol.removesuffix("USDT"), value=row.symbol),
            Cell(words.price(row.price), value=row.price),
            Cell(words.percent(row.change_24h), words.tone_of(row.change_24h), row.change_24h),
            Cell(words.large(row.turnover_24h), value=row.turnover_24h),
            Cell(words.direction(row.trend), trend, row.trend),
            Cell(words.NOTHING if row.score is None else f"{row.score:.0f}", _score_tone(row.score), row.score),
            Cell(words.share(row.confidence), value=row.confidence),
            Cell(words.age(row.age_seconds), late, row.age_seconds),
            Cell(words.sparkline(row.closes, SPARKLINE), words.tone_of(row.change_24h)),
            Cell(words.share(row.strength), value=row.strength),
            Cell(words.moment(row.closed_at), Tone.DIM),
            Cell(words.moment(row.scored_at) if row.scored_at else words.NOTHING, Tone.DIM),
        ),
    )


def _score_tone(score: float | None) -> Tone:
    strong, avoid = 70, 30
    if score is None or avoid <= score <= strong:
        return Tone.PLAIN
    return Tone.UP if score > strong else Tone.DOWN


def market_line(pane: MarketPane) -> str:
    """Return gate and mood in one line, and whether there is anything below it."""
    empty = "no pair with candles is known of this moment · " if not pane.rows else ""
    return f"{empty}{gate_line(pane.gate.regime, pane.gate.symbol)} · {mood_line(pane)}"


def mood_line(pane: MarketPane) -> str:
    """Return what was said last of the market as a whole, each with its age; a stale one has a mark."""
    moods = sorted(pane.moods, key=lambda mood: MOODS.index(mood.source) if mood.source in MOODS else len(MOODS))
    return " · ".join(_mood(mood) for mood in moods) or "nothing was said of the market yet"


def _mood(mood: SourceReading) -> str:
    known = mood.evidence.get("value")
    if mood.source == "fear_greed" and isinstance(known, (int, float)):
        said = f"Fear & Greed {known:.0f}"
    elif mood.source == "dominance" and isinstance(known, (int, float)):
        said = f"BTC share {known:.1f}%"
    else:
        said = f"{mood.source.replace('_', ' ')} {words.signed(mood.value)}"
    return f"{said} {words.age(mood.age_seconds)}{words.LATE_MARK if mood.stale else ''}"


def gate_line(regime: int | None, symbol: str) -> str:
    """Return what the gate allows, in words."""
    allowed = {1: "▲ longs", -1: "▼ shorts", 0: "■ closed", None: "? unknown"}[regime]
    return f"{symbol.removesuffix('USDT')} gate {allowed}"
