"""Posts on X from an aggregator: any address that answers JSON, with a key of its own. Which one is a setting."""

from collections.abc import Mapping

from functions.errors import Broken
from functions.outgoing import Source, get_json
from functions.sentiment.news import RawItem
from functions.sentiment.posts import PostPaths, posts_of

NAME = "posts"


def read(source: Source, paths: Mapping[str, str]) -> list[RawItem]:
    """Return the posts as entries of a feed.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or has no list of posts where the paths say.
    """
    where = PostPaths(**paths)
    answer = get_json(source)
    posts = posts_of(answer, where)
    if posts is None:
        place = f"at {where.items}" if where.items else "as the whole answer"
        raise Broken("source_unreadable", f"expected a list of posts {place}, got {str(answer)[:80]!r}; see POSTS_FIELDS")
    return posts
