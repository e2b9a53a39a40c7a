"""Posts on X as some aggregator answers them: where in its JSON a post is, is a setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.sentiment.crowd import POSTS
from functions.sentiment.news import RawItem

POST_ADDRESS = "https://x.com/i/web/status/"
_NONE = object()


@dataclass(frozen=True, slots=True)
class PostPaths:
    """Paths of names between points, e.g. `data.tweets`.

    Args:
        items: the list of posts; empty when the answer is the list itself.
        id, text, published, link: within a post; a post without a link is at its id.
    """

    items: str
    id: str
    text: str
    published: str
    link: str


def posts_of(answer: Any, where: PostPaths) -> list[RawItem] | None:
    """Return the posts of an answer as entries of a feed; None when there is no list where one should be."""
    rows = _at(answer, where.items) if where.items else answer
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return None
    return [_post(row, where) for row in rows if isinstance(row, Mapping)]


def _post(row: Mapping[str, Any], where: PostPaths) -> RawItem:
    name = _text(row, where.id)
    link = _text(row, where.link) or (f"{POST_ADDRESS}{name}" if name else "")
    return RawItem(
        feed=POSTS, guid=name, title=_text(row, where.text), link=link, published=_text(row, where.published), summary=""
    )


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name, _NONE) if isinstance(value, Mapping) else _NONE
    return value


def _text(row: Mapping[str, Any], path: str) -> str:
    value = _at(row, path)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
