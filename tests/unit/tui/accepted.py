"""Draw every screen as text and as SVG: `python -m tests.unit.tui.accepted` accepts them as they are now.

Look at the differences of the files before they are kept.
"""

import asyncio
from hashlib import sha256
from pathlib import Path

from psycopg import OperationalError
from sqlalchemy.exc import OperationalError as DatabaseAway

from tests.unit.tui import panes
from tests.unit.tui.test_app import KEYS, LARGE, SMALL, dashboard, painted, settled

FOLDER = Path(__file__).parent / "screens"
STATES = ("data", "empty", "late", "broken")
SIZES = (SMALL, LARGE)


async def draw(state: str, size: tuple[int, int]) -> str:
    """Return all screens of a state: the lines of each, and a mark of its SVG, which has the colours and styles as well.

    A broken desk has answered once, then its database is away.
    """
    reader = panes.Reader(empty=state == "empty", late=state == "late")
    app, shown = dashboard(reader), []
    async with app.run_test(size=size) as pilot:
        for name, key in KEYS.items():
            reader.away = None
            await pilot.press(key)
            await settled(pilot)
            if state == "broken":
                reader.away = DatabaseAway("SELECT", {}, OperationalError("no"))
                app.look()
                await settled(pilot)
            mark = sha256(app.export_screenshot(title="Quorum").encode()).hexdigest()[:16]
            shown.append("\n".join([f"== {name.value}", *(line.rstrip() for line in painted(app)), f"svg {mark}", ""]))
    return "\n".join(shown)


def file_of(state: str, size: tuple[int, int]) -> Path:
    """Return where the screens of a state are kept."""
    return FOLDER / f"{state}-{size[0]}x{size[1]}.txt"


if __name__ == "__main__":
    for each in STATES:
        for wanted in SIZES:
            file_of(each, wanted).write_text(asyncio.run(draw(each, wanted)))
