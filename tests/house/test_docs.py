"""What the docs name is there, and the picture of the house is the house's."""

import ast
import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

from tests.house.graph import CHECKOUT, ROOTS, house, shown
from tests.house.picture import draw
from tests.house.settings_page import page as settings_page

PICTURE = CHECKOUT / "docs" / "images" / "architecture.svg"
PAGES = [*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").rglob("*.md"))]
SETTINGS_PAGE = CHECKOUT / "docs" / "settings.md"
FOLDERS = (*ROOTS, "deploy", "docs", "tests")


def missing(page: str) -> list[str]:
    """Return every path, `path.py:function` and module of ours that a page names and that is not there."""
    quoted = [*re.findall(r"`([^`\n]+)`", page), *re.findall(r"^```\w*\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]
    words = [word.strip("\"'(),;") for piece in quoted for word in piece.split()]
    return sorted({word for word in words if not any(sign in word for sign in "<*{") and not _is_there(word)})


def _is_there(word: str) -> bool:
    path, _, name = word.partition(":")
    if path.split("/")[0] in FOLDERS and "/" in path:
        return (CHECKOUT / path).exists() and (not name or _has(".".join(Path(path).with_suffix("").parts), name))
    if word.split(".")[0] in FOLDERS and re.fullmatch(r"\w+(\.\w+)+", word):
        return any(_has(module, name) for module, name in _readings(word.split(".")))
    return True


def _readings(parts: list[str]) -> list[tuple[str, str]]:
    return [(".".join(parts[:end]), ".".join(parts[end:])) for end in range(len(parts), 0, -1)]


def _has(module: str, name: str) -> bool:
    try:
        found: object = importlib.import_module(module.removesuffix(".__init__"))
        reduce(getattr, name.split(".") if name else [], found)
    except (ImportError, AttributeError):
        return False
    return True


def shown_path(page: Path) -> str:
    """Return the path of a page in the checkout."""
    return str(page.relative_to(CHECKOUT))


@pytest.mark.parametrize("page", PAGES, ids=shown_path)
def test_everything_a_page_names_is_there(page: Path) -> None:
    assert missing(page.read_text()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "functions/error.py",
        "functions/errors.py:QuorumErrors",
        "functions/collector/stream.py:Stream.walk",
        "functions.errors.QuorumErrors",
        "db/tables/signal.py",
        "python -m tests.bench.scans --json",
    ],
)
def test_name_that_is_not_there_is_found(wrong: str) -> None:
    assert len(missing(f"See `{wrong}`.")) == 1
    assert missing("See `functions/errors.py:QuorumError`, `functions.outgoing` and `functions/<name>.py`.") == []


SIGNPOSTS = [init for root in ROOTS for init in sorted((CHECKOUT / root).rglob("__init__.py"))]


@pytest.mark.parametrize("signpost", SIGNPOSTS, ids=lambda init: str(init.parent.relative_to(CHECKOUT)))
def test_files_that_a_package_points_at_are_there(signpost: Path) -> None:
    pointed = re.findall(r"`([\w/]+(?:\.py|\.po|/))`", ast.get_docstring(ast.parse(signpost.read_text())) or "")
    assert [file for file in pointed if not (signpost.parent / file).exists()] == []


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them of its headings."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=shown_path)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text())
    links += [(picture, "") for picture in re.findall(r'<img src="([^"]+)"', page.read_text())]
    lost = [f"{path}#{anchor}" for path, anchor in links if not _leads(page.parent / path if path else page, anchor)]
    assert lost == []


def _leads(target: Path, anchor: str) -> bool:
    return target.exists() and (not anchor or anchor in headings(target))


def test_every_page_is_linked_from_the_list_of_pages() -> None:
    listed = {
        (CHECKOUT / "docs" / link).resolve()
        for link in re.findall(r"\]\(([^)#:]+\.md)\)", (CHECKOUT / "docs" / "README.md").read_text())
    }
    pages = {page for page in PAGES if page.parent != CHECKOUT} - {CHECKOUT / "docs" / "README.md"}
    assert sorted(str(page) for page in pages - listed) == []


def test_page_of_settings_is_what_the_command_writes() -> None:
    assert SETTINGS_PAGE.read_text() == settings_page((CHECKOUT / ".env.example").read_text()), (
        "a setting has changed: run `python -m tests.house.settings_page docs/settings.md`"
    )


def test_picture_is_what_the_command_draws() -> None:
    assert PICTURE.read_text() == draw(house()), (
        "the house has changed: run `uv run python -m tests.house.picture docs/images/architecture.svg` and look at the picture"
    )


def test_every_package_is_on_the_picture() -> None:
    packages = [f"functions/{init.parent.name}/" for init in (CHECKOUT / "functions").glob("*/__init__.py")]
    for name in [*packages, *(f"{root}/" for root in ROOTS if root != "functions"), shown("functions.errors"), "n8n/workflows/"]:
        assert f"{name}<" in PICTURE.read_text(), name


def test_picture_tells_edge_rooms_from_pure_rooms_by_their_shape() -> None:
    drawn = PICTURE.read_text()
    assert re.search(r'<rect class="edge" [^>]*rx="0"/>\n<text [^>]*>store<', drawn)
    assert re.search(r'<rect class="pure" [^>]*rx="8"/>\n<text [^>]*>engine<', drawn)
