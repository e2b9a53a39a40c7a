"""One signal in full: the candles round its close with its levels, its plan, its factors and its reasons."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from functions.panes.answers import SignalPane
from tui.tables.candles import candle_chart
from tui.tables.signals import signal_in_full
from tui.theme import Palette
from tui.widgets.keys import KeysLine


class CandlesPicture(Widget):
    """Draws the candles of a signal in whatever room it has."""

    def __init__(self, pane: SignalPane, palette: Palette) -> None:
        super().__init__(id="picture")
        self._pane = pane
        self._palette = palette

    def render(self) -> Text:
        """Return the picture, or a line that says why there is none."""
        lines = candle_chart(self._pane, self.size.width, self.size.height)
        if not lines:
            return Text("no candles of that time are stored", "dim")
        drawn = (Text.assemble(*((text, self._palette.style(tone)) for text, tone in line)) for line in lines)
        return Text("\n", no_wrap=True).join(drawn)


class SignalDetail(ModalScreen[None]):
    """Opens over the signals; Esc leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "Back")]

    def __init__(self, pane: SignalPane, palette: Palette) -> None:
        super().__init__()
        self._pane = pane
        self._palette = palette

    def compose(self) -> ComposeResult:
        """Lay out the picture, the text and the keys."""
        with VerticalScroll(id="detail"):
            yield CandlesPicture(self._pane, self._palette)
            yield Static("\n".join(signal_in_full(self._pane.signal)), markup=False)
        yield KeysLine()
