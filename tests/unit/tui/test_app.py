"""The dashboard painted by its own library, without a terminal: what stands in the cells of the screen."""

import gc
import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from psycopg import OperationalError
from sqlalchemy.exc import OperationalError as DatabaseAway
from sqlalchemy.exc import ProgrammingError
from textual.pilot import Pilot
from textual.widget import Widget
from textual.worker import Worker

from functions.panes.answers import Pane, PortfolioPane
from functions.panes.names import PaneName
from functions.performance.answers import FigureAnswer
from tests.unit.tui import panes
from tui.app import Dashboard
from tui.screens.pane import PaneScreen
from tui.screens.signal import SignalDetail

SMALL, LARGE = (80, 24), (160, 50)
KEYS = {PaneName.MARKET: "1", PaneName.SIGNALS: "2", PaneName.PORTFOLIO: "3", PaneName.DATA: "4", PaneName.READINESS: "r"}


def dashboard(reader: panes.Reader | None = None) -> Dashboard:
    return Dashboard(reader or panes.Reader(), every=3600, now=lambda: panes.NOW)


def painted(app: Dashboard) -> list[str]:
    """Return the lines of the screen as they are painted."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in lines][:height] if width else []


async def settled(pilot: Pilot[None]) -> list[str]:
    """Wait until the reading is painted."""
    app = pilot.app
    assert isinstance(app, Dashboard)
    await app.workers.wait_for_complete()
    await pilot.pause()
    return painted(app)


@pytest.mark.parametrize("size", [(40, 10), (20, 5)])
async def test_a_tiny_terminal_says_what_it_needs(size: tuple[int, int]) -> None:
    app = dashboard()
    async with app.run_test(size=size) as pilot:
        for key in KEYS.values():
            await pilot.press(key)
            text = " ".join("".join(await settled(pilot)).split())
            assert f"This terminal has {size[0]}x{size[1]}" in text
        await pilot.resize_terminal(*SMALL)
        assert "Plan, 28 days" in "\n".join(await settled(pilot))
    assert app._exception is None


async def test_a_database_that_is_away_is_said_and_what_is_shown_keeps_its_moment() -> None:
    reader = panes.Reader()
    app = dashboard(reader)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        reader.away = DatabaseAway("SELECT", {}, OperationalError("no"))
        app.look()
        first, *_ = await settled(pilot)
        assert "no answer from the database (OperationalError)" in first
        assert "this is 03-05 14:17 UTC" in first
        reader.away = None
        app.look()
        assert "no answer" not in (await settled(pilot))[0]
        assert "BTC" in "\n".join(painted(app))


async def test_keys_step_through_time_and_back_to_now() -> None:
    reader = panes.Reader()
    app = dashboard(reader)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("comma", "comma")
        first = (await settled(pilot))[0]
        assert "PAST" in first
        assert "13:47" in first
        await pilot.press("full_stop", "full_stop")
        assert "PAST" not in (await settled(pilot))[0]
        await pilot.press("less_than_sign")
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
    quarter = timedelta(minutes=15)
    assert reader.asked[0] is None
    assert panes.NOW - 2 * quarter in reader.asked
    assert panes.NOW - 96 * quarter in reader.asked
    assert reader.asked[-1] is None


async def test_a_signal_is_found_by_its_coin_and_shown_in_full() -> None:
    app = dashboard()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("slash", *"pepe", "enter")
        text = "\n".join(await settled(pilot))
        assert "showing 14 of 40: PEPE" in text
        assert "ETH " not in text
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, SignalDetail)
        text = "\n".join(painted(app))
        for said in ("Risk/reward", "stop 0.0₅99776", "TP1 0.0₅96314", "▲ 14:02 UTC", "█", "▒"):
            assert said in text, f"{said!r} is not on the screen:\n{text}"
        await pilot.press("escape", "1")
        await settled(pilot)
        assert "Turnover" in "\n".join(painted(app))


async def test_filters_cycle_and_x_clears_them() -> None:
    app = dashboard()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("d", "s", "c")
        assert "LONG, new, confidence ≥ 65%" in "\n".join(await settled(pilot))
        await pilot.press("x")
        assert "showing" not in "\n".join(await settled(pilot))


async def test_sorting_goes_column_by_column_and_the_cursor_stays_on_its_row() -> None:
    app = dashboard()
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("down", "down", "o", "o")
        lines = await settled(pilot)
        assert any("Price▾" in line for line in lines)
        app.look()
        await settled(pilot)
        table = app.screen.query_one("#pairs")
        assert getattr(table, "selected_key", None) == "SOLUSDT"


async def test_a_click_on_a_tab_shows_its_screen() -> None:
    app = dashboard()
    async with app.run_test(size=SMALL) as pilot:
        first, *_ = await settled(pilot)
        await pilot.click("#moment", offset=(first.index("3 Portfolio"), 0))
        assert "Booked 24 h" in "\n".join(await settled(pilot))


async def test_a_text_is_found_on_every_screen() -> None:
    app = dashboard()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("slash", *"401", "enter")
        text = "\n".join(await settled(pilot))
        assert "source_2" in text
        assert "source_3" not in text
        await pilot.press("slash", "escape")
        assert app.focused is app.screen.query_one("#candles")


async def test_a_question_mark_shows_every_key_beside_the_pane() -> None:
    app = dashboard()
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert "Turn order" in "\n".join(await settled(pilot))
        await pilot.press("question_mark")
        assert "Turn order" not in "\n".join(await settled(pilot))


async def test_refreshes_over_all_screens_leaves_nothing_behind() -> None:
    """What is alive after the third round over the screens was alive after the first one."""
    app, alive = dashboard(), []
    async with app.run_test(size=LARGE) as pilot:
        await app.workers.wait_for_complete()
        for minute in range(15):
            await app.action_pane(list(PaneName)[minute % 5].value)
            await app.workers.wait_for_complete()
            for seconds in (0, 30):
                screen = app.screen
                assert isinstance(screen, PaneScreen)
                screen.show(panes.pane(app.shown, panes.NOW + timedelta(minutes=minute, seconds=seconds)), past=False)
                await pilot.pause(0)
            if minute in (4, 14):
                gc.collect()
                alive.append(Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, (Widget, Worker))))
    assert alive[0] == alive[1]


class SlowReader(panes.Reader):
    """Answers once it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def read(self, name: PaneName, as_of: datetime | None = None) -> Pane:
        pane = super().read(name, as_of)
        assert self.let_go.wait(30)
        return pane


async def test_a_reading_slower_than_the_refresh_is_waited_for() -> None:
    reader = SlowReader()
    app = Dashboard(reader, every=0.01, now=lambda: panes.NOW)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause(0.3)
        assert len(reader.asked) == 1
        reader.let_go.set()
        await settled(pilot)
        assert "BTC" in "\n".join(painted(app))


async def test_tables_of_another_version_are_said_in_one_line() -> None:
    reader = panes.Reader()
    reader.away = ProgrammingError("SELECT", {}, OperationalError("no"))
    app = dashboard(reader)
    async with app.run_test(size=SMALL) as pilot:
        assert "`quorum migrate` brings it there" in (await settled(pilot))[0]


async def test_what_a_year_makes_of_the_portfolio_is_not_cut_at_80_columns() -> None:
    """Large equities, a deep drawdown, a negative ratio, and every account."""
    figures = {"win_rate": 0.071, "profit_factor": 10.45, "expectancy_r": -0.182, "max_drawdown": 0.324, "sharpe": -1.74}
    one = panes.portfolio()
    assert isinstance(one, PortfolioPane)
    desk, shadow = one.report.accounts
    named = [desk, *(shadow.model_copy(update={"name": name}) for name in ("manual", "technical", "watch_list", "random"))]
    curves = [one.curves.accounts[0].model_copy(update={"name": account.name}) for account in named]
    year = one.model_copy(
        update={
            "report": one.report.model_copy(update={"accounts": named}),
            "curves": one.curves.model_copy(update={"accounts": curves}),
            "figures": [FigureAnswer.of(name, value, None, None) for name, value in figures.items()],
        }
    )
    app = dashboard()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, PaneScreen)
        screen.show(year, past=False)
        await pilot.pause()
        lines = painted(app)
    assert any("won 7.1%  PF 10.45  mean -0.182 R  drawdown 32.4%  Sharpe -1.74" in line for line in lines)
    legend = next(number for number, line in enumerate(lines) if "of 100:" in line)
    assert "┌" in lines[legend + 1]
