"""Draw the market's screen: `python -m tests.unit.tui.picture docs/images/dashboard.svg`, of pairs made up for it."""

import asyncio
import sys
from pathlib import Path

from tests.unit.tui import panes
from tui.app import Dashboard


async def draw() -> str:
    """Return the picture."""
    app = Dashboard(lambda name, at: panes.pane(name), every=3600, now=lambda: panes.NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title="Quorum")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(draw()))
