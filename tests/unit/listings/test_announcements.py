"""Announcements, as the exchange sends them and as it should not."""

import pytest

from functions.errors import Broken
from functions.listings.sources.announcements import Announcement, about, announcements_of

URL = "https://announcements.bybit.com/en-US/article/x/"


def answer(*titles: str, url: str = URL) -> dict[str, object]:
    return {"retCode": 0, "result": {"total": len(titles), "list": [{"title": title, "url": url} for title in titles]}}


def test_titles_lose_markup_control_characters_and_length() -> None:
    [found] = announcements_of(answer("<b>New</b>\u202e Listing:\n Arbitrum (ARB)" + "x" * 500))
    assert found.title.startswith("New Listing: Arbitrum (ARB)xxx")
    assert len(found.title) == 200


def test_rows_without_a_title_or_a_web_address_are_left_out() -> None:
    assert announcements_of(answer("")) == announcements_of(answer("<br/>")) == []
    assert announcements_of(answer("New Listing", url="javascript:alert(1)")) == []
    assert announcements_of(answer("New Listing", url=URL.replace("https", "http"))) == []


@pytest.mark.parametrize("garbage", [None, [], "x", {}, {"result": None}, {"result": {"list": [1]}}, {"result": {"list": 3}}])
def test_anything_else_is_refused(garbage: object) -> None:
    with pytest.raises(Broken, match="expected announcements"):
        announcements_of(garbage)


@pytest.mark.parametrize(
    ("title", "base", "named"),
    [
        ("New Listing: Arbitrum (ARB) — Deposit", "ARB", True),
        ("Bybit lists ARBUSDT on spot", "ARB", True),
        ("Bybit lists ARB/USDT on spot", "ARB", True),
        ("New Listing: One more (ARB2)", "ARB", False),
        ("ONE week of rewards", "ONE", False),
        ("New Listing: Weird (A.B)", "A.B", True),
        ("New Listing: Weird (AxB)", "A.B", False),
    ],
)
def test_a_coin_is_named_in_brackets_or_as_a_pair(title: str, base: str, named: bool) -> None:
    one = Announcement(title, URL)
    assert about(base, [one]) == (one if named else None)
