"""The table of the signals, its filters, and one signal in full."""

from dataclasses import dataclass

from functions.panes.answers import SignalsPane
from functions.scoring.answers import StandingSignal
from functions.scoring.states import SignalState
from tui import words
from tui.tables.cells import Cell, CellTable, Column, Line
from tui.tables.market import gate_line
from tui.words import Tone

COLUMNS = (
    Column("No", 5, right=True),
    Column("Age", 4, right=True),
    Column("Coin", 9),
    Column("Side", 8),
    Column("TF", 4),
    Column("Score", 6, right=True),
    Column("Conf", 5, right=True),
    Column("Entry", 10, right=True),
    Column("Stop", 10, right=True),
    Column("TP1", 10, right=True),
    Column("State", 8),
    Column("TP2", 10, right=True, wide=True),
    Column("TP3", 10, right=True, wide=True),
    Column("R:R", 6, right=True, wide=True),
    Column("Size", 6, right=True, wide=True),
    Column("Until (UTC)", 18, wide=True),
    Column("Ended (UTC)", 18, wide=True),
)
STATES = {
    SignalState.NEW: ("new", Tone.PLAIN),
    SignalState.ACTIVE: ("active", Tone.PLAIN),
    SignalState.EXPIRED: ("expired", Tone.DIM),
    SignalState.HIT_TP: ("✓ TP", Tone.UP),
    SignalState.HIT_SL: ("✗ SL", Tone.DOWN),
}


@dataclass(frozen=True, slots=True)
class SignalsShown:
    """Which signals a person wants to see; an empty filter shows all."""

    coin: str = ""
    direction: str = ""
    state: str = ""
    least_confidence: float = 0.0

    def lets(self, signal: StandingSignal) -> bool:
        """Tell whether a signal passes every filter."""
        return (
            self.coin.upper() in signal.symbol
            and self.direction in ("", signal.direction.value)
            and self.state in ("", signal.state.value)
            and signal.confidence >= self.least_confidence
        )

    def __str__(self) -> str:
        """Return the filters in words; empty without any."""
        least = f"confidence ≥ {self.least_confidence:.0%}" if self.least_confidence else ""
        return ", ".join(part for part in (self.coin.upper(), self.direction, self.state, least) if part)


def signals_table(pane: SignalsPane, shown: SignalsShown) -> CellTable:
    """Return the signals that pass the filters, the newest first."""
    return CellTable(COLUMNS, tuple(_line(signal, pane) for signal in pane.signals if shown.lets(signal)))


def _line(signal: StandingSignal, pane: SignalsPane) -> Line:
    seconds = (pane.as_of - signal.close_time).total_seconds()
    state, tone = STATES[signal.state]
    up = signal.direction.value == "LONG"
    return Line(
        str(signal.signal_id),
        (
            Cell(str(signal.signal_id), value=signal.signal_id),
            Cell(words.age(seconds), Tone.DIM, seconds),
            Cell(signal.symbol.removesuffix("USDT"), value=signal.symbol),
            Cell("▲ LONG" if up else "▼ SHORT", Tone.UP if up else Tone.DOWN),
            Cell(signal.timeframe.value),
            Cell(f"{signal.score:.0f}", value=signal.score),
            Cell(words.share(signal.confidence), value=signal.confidence),
            *(Cell(words.price(float(text)), value=float(text)) for text in (signal.entry, signal.stop, signal.targets[0])),
            Cell(state, tone),
            *(Cell(words.price(float(text)), value=float(text)) for text in signal.targets[1:3]),
            Cell(f"{signal.risk_reward:.1f}", value=signal.risk_reward),
            Cell(f"{signal.position_pct:.1f}%", value=signal.position_pct),
            Cell(words.moment(signal.expires_at), Tone.DIM),
            Cell(words.moment(signal.ended_at) if signal.ended_at else words.NOTHING, Tone.DIM),
        ),
    )


def scored_line(pane: SignalsPane) -> str:
    """Return what the gate allows, and how long ago the newest scored close was."""
    seconds = (pane.as_of - pane.scored_to).total_seconds() if pane.scored_to else None
    return f"{gate_line(pane.gate.regime, pane.gate.symbol)} · scored {words.ago(seconds)}"


def summary_line(pane: SignalsPane) -> str:
    """Return what became of a day's setups."""
    failed = "  ".join(f"{code.replace('_', ' ')} {count}" for code, count in list(pane.rejected_24h.items())[:2])
    none = "" if pane.signals else "no signal in seven days · "
    day = f"{none}24 h: {pane.setups_24h} setups, {sum(pane.rejected_24h.values())} rejected"
    return f"{day}: {failed}" if failed else day


def signal_in_full(signal: StandingSignal) -> list[str]:
    """Return everything that is known of a signal, line by line."""
    lines = [
        f"{signal.symbol} {signal.direction.value} {signal.timeframe.value}, close of {words.moment(signal.close_time)} UTC",
        f"Score {signal.score:.0f}, confidence {signal.confidence:.0%}, coverage {signal.coverage:.0%} of all weight",
        f"State: {STATES[signal.state][0]}" + (f" at {words.moment(signal.ended_at)} UTC" if signal.ended_at else ""),
        "",
        f"Entry {signal.entry}   stop {signal.stop}   targets {'  '.join(signal.targets)}",
        f"Risk/reward 1 : {signal.risk_reward:.1f}   size {signal.position_pct:.1f}% of equity",
        f"Valid until {words.moment(signal.expires_at)} UTC",
        "",
    ]
    for said in signal.factors:
        points = "nothing fresh" if said.points is None else f"{said.points:+.1f} points"
        lines.append(f"  {said.factor.value:<10} {said.side.value:<8} {points}")
    return [*lines, "", *(f"  {why.text}" for why in signal.reasons)]
