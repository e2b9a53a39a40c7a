"""Each screen is as it was accepted: its text cell by cell first, then its SVG with colours and styles."""

import pytest

from functions.panes.names import PaneName
from tests.unit.tui.accepted import FOLDER, SIZES, STATES, draw, file_of


def parts(drawn: str) -> tuple[list[str], list[str]]:
    """Return the lines of text, and the marks of the SVGs."""
    lines = drawn.splitlines()
    return [line for line in lines if not line.startswith("svg ")], [line for line in lines if line.startswith("svg ")]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
async def test_screens_are_as_they_were_accepted(state: str, size: tuple[int, int]) -> None:
    (text, marks), (kept, kept_marks) = parts(await draw(state, size)), parts(file_of(state, size).read_text())
    assert text == kept
    assert max(map(len, text)) <= size[0]
    assert marks == kept_marks, "the text is the same, colours or styles differ"


def test_every_screen_is_kept_in_every_state_and_size() -> None:
    assert set(FOLDER.iterdir()) == {file_of(state, size) for state in STATES for size in SIZES}
    for file in FOLDER.iterdir():
        heads = [line[3:] for line in file.read_text().splitlines() if line.startswith("== ")]
        assert heads == [name.value for name in PaneName]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_of_the_twenty_pairs_is_cut(size: tuple[int, int]) -> None:
    market = file_of("data", size).read_text().split("== signals")[0]
    assert "1000BONK   0.0₅98045" in market
    assert "…" not in market
