"""What is hot in subreddits, through praw. Needs the id and the secret of an approved app.

Source: https://praw.readthedocs.io, `subreddit.hot`. Votes sort what few would read from what many do; a post is known from the
moment it was read here, whatever its own time says.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import requests
from typing_extensions import override

from functions.errors import Broken, QuorumError, RetryLater
from functions.outgoing import Refused, refusal
from functions.outgoing.proxies import proxy_for
from functions.sentiment.crowd import subreddit_feed
from functions.sentiment.news import RawItem
from functions.strangers import clean

if TYPE_CHECKING:  # praw takes 14 MB, and most desks have no app of Reddit's
    from praw.exceptions import PRAWException
    from prawcore.exceptions import PrawcoreException

NAME = "reddit"
MOST = 100  # one request
TRY_SECONDS = 6
AGENT = "python:quorum:0.1 (a desk that reads)"
PAGE = "https://www.reddit.com"


def read(url: str, oauth_url: str, client_id: str, client_secret: str, subreddits: Sequence[str]) -> list[RawItem]:
    """Return the hot posts of some subreddits as entries of feeds, one feed a subreddit.

    Raises:
        RetryLater: it does not answer, or not now.
        Broken: it refuses the app, knows no such subreddit, or answers something else.
    """
    import praw
    from praw.exceptions import PRAWException
    from prawcore.exceptions import PrawcoreException

    session = _Session(oauth_url)
    try:
        with session:
            reddit = praw.Reddit(
                client_id=client_id,
                client_secret=client_secret,
                user_agent=AGENT,
                reddit_url=url.rstrip("/"),
                oauth_url=oauth_url.rstrip("/"),
                check_for_updates=False,
                # Else they may come from a file or an environment that was made for something else.
                username=None,
                password=None,
                refresh_token=None,
                redirect_uri=None,
                requestor_kwargs={"session": session},
            )
            posts = list(reddit.subreddit("+".join(subreddits)).hot(limit=MOST))
    except (PrawcoreException, PRAWException) as error:
        raise _problem(error) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if session.answered is not None and not session.answered.ok:  # praw knows some refusals by headers that not all send
            raise _refusal(session.answered) from error
        raise Broken("source_unreadable", f"{NAME} answered something else than a listing: {error!r}"[:200]) from error
    return list(entries_of(vars(post) for post in posts))


def entries_of(posts: Iterator[Mapping[str, Any]]) -> Iterator[RawItem]:
    """Yield the posts that say something: no notices of moderators, nothing that was taken away.

    A field is looked up where it lies: praw asks for a field that lacks with a request of its own.
    """
    for post in posts:
        if post.get("stickied") or post.get("removed_by_category") or post.get("over_18"):
            continue
        name, title, permalink = (post.get(field) for field in ("id", "title", "permalink"))
        if not isinstance(name, str) or not isinstance(title, str) or not isinstance(permalink, str):
            continue
        created = post.get("created_utc")
        yield RawItem(
            feed=subreddit_feed(clean(str(post.get("subreddit") or "unknown"), 40)),
            guid=name,
            title=title,
            link=f"{PAGE}{permalink}",  # not where the post leads: that page has a publisher of its own
            published=_iso(created),
            summary="",
        )


def _iso(seconds: object) -> str:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


class _Session(requests.Session):
    """Takes the house's way to the outside and no redirect, waits `TRY_SECONDS` where praw waits 16, knows its last answer."""

    def __init__(self, url: str) -> None:
        super().__init__()
        proxy = proxy_for(url)
        self.trust_env = False
        self.proxies = {"http": proxy, "https": proxy} if proxy else {}
        self.verify = os.environ.get("SSL_CERT_FILE") or True
        self.answered: requests.Response | None = None

    @override
    def request(self, *args: Any, **options: Any) -> requests.Response:
        self.answered = super().request(*args, **{**options, "timeout": TRY_SECONDS, "allow_redirects": False})
        return self.answered


def _problem(error: "PrawcoreException | PRAWException") -> QuorumError:
    from prawcore.exceptions import BadJSON, RequestException, ResponseException

    if isinstance(error, RequestException):
        return RetryLater("source_away", f"{NAME} does not answer: {type(error.original_exception).__name__}")
    if isinstance(error, BadJSON):
        return Broken("source_unreadable", f"{NAME} answered something else than JSON")
    if isinstance(error, ResponseException):
        return _refusal(error.response)
    return Broken("source_refuses", f"{NAME} refuses: {error}"[:200])


def _refusal(answer: requests.Response) -> QuorumError:
    return refusal(NAME, Refused(answer.status_code, httpx.Headers(dict(answer.headers)), answer.content))
