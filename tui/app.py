"""The dashboard: four screens, one clock, nothing it could change.

Each few seconds the pane on the screen is read anew, in a thread of its own; a database that is away is said and tried again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.exc import DBAPIError
from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.worker import get_current_worker

from functions.panes.answers import Pane, PaneName
from tui.screens.data import DataScreen
from tui.screens.market import MarketScreen
from tui.screens.pane import PaneScreen
from tui.screens.portfolio import PortfolioScreen
from tui.screens.signals import SignalsScreen
from tui.theme import Colours, Palette

Read = Callable[[PaneName, datetime | None], Pane]
SCREENS: dict[PaneName, type[PaneScreen[Any]]] = {
    PaneName.MARKET: MarketScreen,
    PaneName.SIGNALS: SignalsScreen,
    PaneName.PORTFOLIO: PortfolioScreen,
    PaneName.DATA: DataScreen,
}
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)


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


class Dashboard(App[None]):
    """The dashboard over whatever reads a pane.

    Dashboard(reader.read, as_of=None, colours=Colours.BLUE_ORANGE).run()

    Args:
        read: returns a pane at a moment, or now; may raise what a database raises.
        as_of: the moment to begin at; the newest one without it.
        colours: of up and down.
        every: seconds between two readings.
        now: returns market time, where a step back from the newest moment begins.
    """

    CSS_PATH = "dashboard.tcss"
    TITLE = "Quorum"
    COMMANDS = App.COMMANDS | {PaneCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "pane('market')", "Market", show=False),
        Binding("2", "pane('signals')", "Signals", show=False),
        Binding("3", "pane('portfolio')", "Portfolio", show=False),
        Binding("4", "pane('data')", "Data", show=False),
        Binding("comma", "step(-1)", "◀ 15m"),
        Binding("full_stop", "step(1)", "15m ▶", show=False),
        Binding("less_than_sign", "step(-96)", "◀ day", show=False),
        Binding("greater_than_sign", "step(96)", "day ▶", show=False),
        Binding("n", "now", "Now"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(
        self,
        read: Read,
        *,
        as_of: datetime | None = None,
        colours: Colours = Colours.BLUE_ORANGE,
        every: float = 2.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._read = read
        self._every = every
        self._now = now
        self._screens: dict[PaneName, PaneScreen[Any]] = {name: made(Palette.of(colours)) for name, made in SCREENS.items()}
        self.as_of = as_of
        self.shown = PaneName.MARKET

    async def on_mount(self) -> None:
        """Show the first screen and keep reading."""
        for name, screen in self._screens.items():
            self.install_screen(screen, name.value)
        await self.push_screen(self.shown.value)
        self.look()
        self.set_interval(self._every, self.look)

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

    @work(thread=True, exclusive=True, group="reading")
    def look(self) -> None:
        """Read the pane on the screen anew."""
        name, as_of = self.shown, self.as_of
        worker = get_current_worker()
        try:
            pane = self._read(name, as_of)
        except DBAPIError as error:
            if not worker.is_cancelled:
                self.call_from_thread(self._screens[name].tell, f"no answer from the database ({type(error.orig).__name__})")
            return
        if not worker.is_cancelled:
            self.call_from_thread(self._show, name, pane, as_of)

    def _show(self, name: PaneName, pane: Pane, as_of: datetime | None) -> None:
        if name is self.shown and as_of == self.as_of:
            self._screens[name].show(pane, past=as_of is not None)
