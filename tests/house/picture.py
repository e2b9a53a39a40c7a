"""Draw the house in one picture: `uv run python -m tests.house.picture docs/images/architecture.svg`.

Each package stands lower and further right than all that import it. A line leaves the foot of the importer and goes down to the
rows of what it imports; a dot marks where it meets such a row. On the right are the calls over HTTP: n8n's workflows into the
functions, and what calls n8n's webhooks.
"""

import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from tests.house.graph import House, Room, house

TOP, LEFT = 118, 24
ROW, STEP, HEIGHT = 50, 27, 42  # from one package to the next, and how tall its box is
LETTER, SMALL = 8.2, 6.4  # widths of a letter of a name and of a room
GAP = 6
N8N_WIDTH = 40
CALL = 6.3  # width of a letter beside a call

STYLE = """
text { font-family: "DejaVu Sans", Verdana, sans-serif; font-size: 11px; fill: #1a1a1a }
.title { font-size: 19px; font-weight: bold } .name { font-size: 14px; font-weight: bold }
.box { fill: #f4f4f2; stroke: #333; stroke-width: 1.2 }
.edge { fill: #2f3e4e; stroke: #2f3e4e } .edge-name { fill: #ffffff }
.pure { fill: #ffffff; stroke: #2f3e4e }
.import { fill: none; stroke: #7a7f85; stroke-width: 1.1 } .dot, .tip { fill: #4a5058 }
.call { fill: none; stroke: #b4480f; stroke-width: 1.4; stroke-dasharray: 6 4 } .call-tip { fill: #b4480f }
.n8n { fill: #fbeee6; stroke: #b4480f; stroke-width: 1.4 }
""".strip()


def draw(shown: House) -> str:
    """Return the picture as SVG; the same house gives the same text."""
    names = list(shown.packages)
    row = {name: index for index, name in enumerate(names)}
    calls = max(_right(shown, name, row[name]) + 24 + CALL * len(words) for name in names for words in _calls(shown, name))
    n8n = round(calls) + 24
    height = TOP + ROW * len(names) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n8n + N8N_WIDTH + LEFT} {height}" role="img">',
        "<title>The packages of Quorum, who imports whom, and who calls whom over HTTP</title>",
        f"<style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_legend(),
        f'<rect class="n8n" x="{n8n}" y="{TOP - 8}" width="{N8N_WIDTH}" height="{ROW * len(names)}"/>',
        f'<text class="name" transform="translate({n8n + N8N_WIDTH / 2 + 5:g} {TOP + ROW * len(names) / 2:g}) rotate(-90)" '
        'text-anchor="middle">n8n: the workflows in n8n/workflows/</text>',
    ]
    parts += _imports(shown, row)
    for name in names:
        parts += _box(name, shown.packages[name], row[name])
        parts += _call_lines(shown, name, row[name], n8n)
    return "\n".join([*parts, "</svg>", ""])


def _corner(index: int) -> tuple[int, int]:
    return LEFT + STEP * index, TOP + ROW * index


def _width(name: str, rooms: Sequence[Room]) -> float:
    return max(LETTER * 1.25 * len(name), sum(_room_width(room) + GAP for room in rooms) - GAP) + 16


def _room_width(room: Room) -> float:
    return SMALL * len(room.name) + 14


def _right(shown: House, name: str, index: int) -> float:
    return _corner(index)[0] + _width(name, shown.packages[name])


def _box(name: str, rooms: Sequence[Room], index: int) -> Iterator[str]:
    x, y = _corner(index)
    yield f'<rect class="box" x="{x}" y="{y}" width="{_width(name, rooms):g}" height="{HEIGHT}"/>'
    yield f'<text class="name" x="{x + 8}" y="{y + 16}">{escape(name)}</text>'
    at: float = x + 8
    for room in rooms:
        yield from _room(room, at, y + 22)
        at += _room_width(room) + GAP


def _room(room: Room, x: float, y: float) -> Iterator[str]:
    width = _room_width(room)
    corners, kind, name = ("0", "edge", "edge-name") if room.edge else ("8", "pure", "pure-name")
    yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="16" rx="{corners}"/>'
    yield f'<text class="{name}" x="{x + width / 2:g}" y="{y + 12:g}" text-anchor="middle">{escape(room.name)}</text>'


def _imports(shown: House, row: dict[str, int]) -> Iterator[str]:
    for name, imported in shown.imports.items():
        x, y = _corner(row[name])
        if imported:
            lowest = max(row[other] for other in imported)
            yield f'<path class="import" d="M{x + STEP // 2} {y + HEIGHT} V{_entry(lowest)}"/>'
    for name, index in row.items():
        end, y = _corner(index)[0], _entry(index)
        lines = [_corner(row[other])[0] + STEP // 2 for other in row if name in shown.imports[other]]
        if lines:
            yield f'<path class="import" d="M{lines[0]} {y} H{end - 6}"/><path class="tip" d="M{end} {y} l-8 -4 v8 z"/>'
            yield from (f'<circle class="dot" cx="{line}" cy="{y}" r="3.5"/>' for line in lines)


def _entry(index: int) -> int:
    return _corner(index)[1] + HEIGHT // 2


def _calls(shown: House, name: str) -> list[str]:
    """Return what stands beside the calls of a package: those of n8n into it, and its own into n8n."""
    workflows, doors = shown.workflows.get(name, ()), shown.doors.get(name, ())
    return [*([", ".join(workflows)] if workflows else []), *(["webhooks " + ", ".join(doors)] if doors else [])]


def _call_lines(shown: House, name: str, index: int, n8n: int) -> Iterator[str]:
    start = round(_right(shown, name, index), 1)
    for number, words in enumerate(_calls(shown, name)):
        y = _entry(index) + 16 * number
        into_n8n = words.startswith("webhooks ")
        begin, end = (start, n8n - 8) if into_n8n else (start + 8, n8n)
        yield f'<path class="call" d="M{begin:g} {y} H{end:g}"/>'
        tip = f"M{n8n} {y} l-9 -4 v8 z" if into_n8n else f"M{start:g} {y} l9 -4 v8 z"
        yield f'<path class="call-tip" d="{tip}"/>'
        yield f'<text x="{start + 16:g}" y="{y - 5}">{escape(words)}</text>'


def _legend() -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="34">The house: who imports whom, and who calls whom</text>'
    yield from _room(Room("edge room", edge=True), LEFT, 50)
    yield f'<text x="{LEFT + 84}" y="62">square and dark: may reach a database, a network, a clock, the settings</text>'
    yield from _room(Room("pure room", edge=False), LEFT + 540, 50)
    yield f'<text x="{LEFT + 624}" y="62">round and white: values in, values out</text>'
    yield f'<path class="import" d="M{LEFT} 84 h64"/><circle class="dot" cx="{LEFT + 24}" cy="84" r="3.5"/>'
    yield f'<path class="tip" d="M{LEFT + 72} 84 l-8 -4 v8 z"/>'
    yield f'<text x="{LEFT + 84}" y="88">a dot: the package at the top of its column imports the one at the end of its row</text>'
    yield f'<path class="call" d="M{LEFT + 540} 84 h64"/><path class="call-tip" d="M{LEFT + 612} 84 l-9 -4 v8 z"/>'
    yield f'<text x="{LEFT + 624}" y="88">calls over HTTP, with the names of the workflows</text>'


def main() -> None:
    """Write the picture to the file that is named."""
    Path(sys.argv[1]).write_text(draw(house()))


if __name__ == "__main__":
    main()
