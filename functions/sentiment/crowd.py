"""What anybody may write: feeds of the crowd, which together are one publisher, and votes of a crowd as a lean."""

from collections.abc import Mapping
from statistics import median

CROWD = "the crowd"
POSTS = "X"
LEAST_ROOM = 10.0  # percent between the usual share and either end: else next to nothing would be all there is
LEAST_VOTED = 5  # coins, below which nobody knows what is usual
_SUBREDDIT = "r/"


def subreddit_feed(name: str) -> str:
    """Return the name of a subreddit's feed."""
    return f"{_SUBREDDIT}{name}"


def is_crowd(feed: str) -> bool:
    """Tell whether anybody may write on a feed: then it is no publisher of its own, for one person may write on all of them."""
    return feed == POSTS or feed.startswith(_SUBREDDIT)


def leans(shares: Mapping[str, float]) -> dict[str, float]:
    """Return how far each coin's share of good votes is from the usual one, -1..1.

    Crowds vote for nearly everything, so half is no middle: `(share - usual) / (100 - usual)` above the median of all coins and
    `(share - usual) / usual` below it. Without a handful of coins the usual share is 50.

    Args:
        shares: of each coin, 0..100.
    """
    usual = median(shares.values()) if len(shares) >= LEAST_VOTED else 50.0
    return {coin: _lean(share, usual) for coin, share in shares.items()}


def _lean(share: float, usual: float) -> float:
    return (share - usual) / max(LEAST_ROOM, 100.0 - usual if share >= usual else usual)
