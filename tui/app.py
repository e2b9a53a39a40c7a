"""The dashboard: its screens, one clock, nothing it could change.

Each few seconds the pane on the screen is read anew, in a thread of its own; a database that is away is said and tried again.
"""

import gc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

from sqlalchemy.exc import DBAPIError, ProgrammingError
from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.widgets import HelpPanel
from textual.worker import get_current_worker

from functions.errors import NotFound
from functions.panes.answers import Pane, SignalPane
from functions.panes.names import PaneName
from tui.screens.data import DataScreen
from tui.screens.market import MarketScreen
from tui.screens.pane import PaneScreen
from tui.screens.portfolio import PortfolioScreen
from tui.screens.readiness import ReadinessScreen
from tui.screens.signal import SignalDetail
from tui.screens.signals import SignalAsked, SignalsScreen
from tui.theme import Colours, Palette


class Reads(Protocol):
    """What the numbers come from. Both may raise what a database raises."""

    def read(self, name: PaneName, as_of: datetime | None = None) -> Pane:
        """Return a pane at a moment, or now."""

    def signal(self, number: int, as_of: datetime | None = None) -> SignalPane:
        """Return one signal with its candles at a moment, or now."""


SCREENS: dict[PaneName, type[PaneScreen[Any]]] = {
    PaneName.MARKET: MarketScreen,
    PaneName.SIGNALS: SignalsScreen,
    PaneName.PORTFOLIO: PortfolioScreen,
    PaneName.DATA: DataScreen,
    PaneName.READINESS: ReadinessScreen,
}
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
READING = "reading"  # of workers


class PaneCommands(Provider):
    """The command palette's way to each screen."""

    async def discover(self) -> Hits:
        """Offer every screen."""
        for name in PaneName:
            yield DiscoveryHit(f"Show {name.value}", self._show(name), help=f"the screen of {name.value}")

    async def search(self, query: str) -> Hits:
        """Offer the screens that are written like the query."""
        matcher = self.matcher(query)
        for name in PaneName:
            title = f"Show {name.value}"
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), self._show(name), help=f"the screen of {name.value}")

    def _show(self, name: PaneName) -> Callable[[], Awaitable[None]]:
        app = self.app
        assert isinstance(app, Dashboard)  # noqa: S101 - it is offered by this app alone
        return lambda: app.action_pane(name.value)


def freeze() -> None:
    """Let the garbage collector skip what is there now: to walk over all libraries takes a third of a second amid a refresh."""
    gc.collect()
    gc.freeze()


class Dashboard(App[None]):
    """The dashboard over whatever reads the panes.

    Dashboard(reader, as_of=None, colours=Colours.BLUE_ORANGE).run()

    Args:
        reader: of the panes.
        as_of: the moment to begin at; the newest one without it.
        colours: of up and down.
        every: seconds between two readings.
        now: returns market time, where a step back from the newest moment begins.
    """

    CSS_PATH = "dashboard.tcss"
    TITLE = "Quorum"
    COMMANDS = App.COMMANDS | {PaneCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (130, "-wide")]  # noqa: RUF012 - the library declares no class variable
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "pane('market')", "Market", show=False),
        Binding("2", "pane('signals')", "Signals", show=False),
        Binding("3", "pane('portfolio')", "Portfolio", show=False),
        Binding("4", "pane('data')", "Data", show=False),
        Binding("r", "pane('readiness')", "Ready"),
        Binding("comma", "step(-1)", "◀ 15m"),
        Binding("full_stop", "step(1)", "15m ▶", show=False),
        Binding("less_than_sign", "step(-96)", "◀ day", show=False),
        Binding("greater_than_sign", "step(96)", "day ▶", show=False),
        Binding("n", "now", "Now"),
        Binding("q", "quit", "Quit"),
        Binding("question_mark", "keys", "Keys"),
    ]

    def __init__(
        self,
        reader: Reads,
        *,
        as_of: datetime | None = None,
        colours: Colours = Colours.BLUE_ORANGE,
        every: float = 2.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._reader = reader
        self._palette = Palette.of(colours)
        self._every = every
        self._now = now
        self._screens: dict[PaneName, PaneScreen[Any]] = {name: made(self._palette) for name, made in SCREENS.items()}
        self.as_of = as_of
        self.shown = PaneName.MARKET

    async def on_mount(self) -> None:
        """Show the first screen and keep reading."""
        for name, screen in self._screens.items():
            self.install_screen(screen, name.value)
        await self.push_screen(self.shown.value)
        self.look()
        self.set_interval(self._every, self._look_again)

    async def action_pane(self, name: str) -> None:
        """Show a screen."""
        self.shown = PaneName(name)
        await self.switch_screen(name)
        self.look()

    def action_step(self, quarters: int) -> None:
        """Go back or forth in time by so many quarters of an hour; beyond the newest moment it is now again."""
        begun = self.as_of or self._now()
        aimed = begun + quarters * QUARTER
        self.as_of = aimed if aimed < self._now() else None
        self.look()

    def action_now(self) -> None:
        """Show the newest moment again."""
        self.as_of = None
        self.look()

    def action_keys(self) -> None:
        """Show every key beside the pane, or hide them again."""
        if self.screen.query(HelpPanel):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def _look_again(self) -> None:
        """Read anew unless a reading is under way: a slow one is waited for, or it would never be seen."""
        if not any(worker.group == READING and not worker.is_finished for worker in self.workers):
            self.look()

    @work(thread=True, exclusive=True, group=READING)
    def look(self) -> None:
        """Read the pane on the screen anew."""
        name, as_of = self.shown, self.as_of
        worker = get_current_worker()
        try:
            pane = self._reader.read(name, as_of)
        except DBAPIError as error:
            if not worker.is_cancelled:
                self.call_from_thread(self._tell, name, trouble_of(error))
            return
        if not worker.is_cancelled:
            self.call_from_thread(self._show, name, pane, as_of)

    def on_signal_asked(self, event: SignalAsked) -> None:
        """Read one signal and show it in full."""
        self.look_at(event.number)

    @work(thread=True, exclusive=True, group="reading a signal")
    def look_at(self, number: int) -> None:
        """Read one signal at the moment of the screen, and show it over the screen."""
        worker = get_current_worker()
        try:
            pane = self._reader.signal(number, self.as_of)
        except (DBAPIError, NotFound) as error:
            if not worker.is_cancelled:
                self.call_from_thread(self._tell, PaneName.SIGNALS, trouble_of(error))
            return
        if not worker.is_cancelled:
            self.call_from_thread(self.push_screen, SignalDetail(pane, self._palette))

    def _tell(self, name: PaneName, trouble: str) -> None:
        if self._screens[name].stands:
            self._screens[name].tell(trouble)

    def _show(self, name: PaneName, pane: Pane, as_of: datetime | None) -> None:
        if name is self.shown and as_of == self.as_of and self._screens[name].stands:
            self._screens[name].show(pane, past=as_of is not None)


def trouble_of(error: DBAPIError | NotFound) -> str:
    """Return in a few words why a reading failed."""
    if isinstance(error, ProgrammingError):
        return "the database is of another version: `quorum migrate` brings it there"
    if isinstance(error, DBAPIError):
        return f"no answer from the database ({type(error.orig).__name__})"
    return error.detail
