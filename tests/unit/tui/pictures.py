"""Draw the screens: `python -m tests.unit.tui.pictures docs/images`, of numbers made up for it."""

import asyncio
import sys
from pathlib import Path

from functions.panes.names import PaneName
from tests.unit.tui.panes import NOW, Reader
from tui.app import Dashboard

SHOWN = {"market": "1", "signals": "2", "portfolio": "3", "data": "4", "readiness": "r", "signal": "2"}
SIZE = (100, 30)


async def draw(name: str) -> str:
    """Return the picture of a screen, or of one signal in full."""
    app = Dashboard(Reader(), every=3600, now=lambda: NOW)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(SHOWN[name])
        await app.workers.wait_for_complete()
        await pilot.pause()
        if name not in list(PaneName):
            await pilot.press("enter")
            await app.workers.wait_for_complete()
            await pilot.pause()
        return app.export_screenshot(title="Quorum")


if __name__ == "__main__":
    for name in SHOWN:
        (Path(sys.argv[1]) / f"dashboard-{name}.svg").write_text(asyncio.run(draw(name)))
