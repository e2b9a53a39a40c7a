"""What a stranger writes, cleaned."""

import pytest

from functions.strangers import LINK_LIMIT, Whole, clean, untracked, web_address


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Fees\n\tfall  ", "Fees fall"),
        ("<b>Bold</b><script>alert(1)</script>", "Bold"),
        ("A &amp; B &lt;i&gt;C&lt;/i&gt;", "A & B C"),
        ("left\u202eright\x00\u200bend", "leftright end"),
        ("x" * 400, "x" * 300),
        ("x" * 299 + " y", "x" * 299),
        (" " + "x" * 300, "x" * 300),
        ("", ""),
    ],
)
def test_text_loses_markup_and_what_cannot_be_seen(text: str, cleaned: str) -> None:
    assert clean(text, 300) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "BTC < $60K and ETH > $3K: what next?",
        "I <3 Bitcoin: SOL hits >$200",
        "If 5<7 then x>3",
        "if a<b and c>d then e",
        "BTC <ETH> SOL",
        "fees <$1>, tips <1%>",
        "a <- b -> c <= d => e",
        "read <this and that> now",
        "i<j, j>k",
        "p < 0.05 > q",
        "<",
        ">",
        "<>",
        "</>",
        "<!>",
        "<?>",
    ],
)
def test_sign_of_comparison_is_no_markup(text: str) -> None:
    assert clean(text, 300) == text
    assert clean(text.replace("<", "&lt;").replace(">", "&gt;"), 300) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("<![CDATA[Bitcoin rises]]>", "Bitcoin rises"),
        ("It&apos;s <b>big</b>", "It's big"),
        ("<p class='x' data-id=7>One</p><P>Two</P >", "One Two"),
        ('<img alt="a > b" src="https://i.example/x.png"/>Fees', "Fees"),
        ("<video controls muted src=x></video>Fees", "Fees"),
        ("Fees <!-- a > b --> fall", "Fees fall"),
        ("<!DOCTYPE html><?xml version='1.0'?>Fees", "Fees"),
        ("<media:title>Fees</media:title> <my-box>fall</my-box>", "Fees fall"),
        ('Fees fall <img src="https://i.exam', "Fees fall"),
        ('Fees fall <a href="https://i.example/1" title="', "Fees fall"),
        ("1 < 2 <b>and</b> 3 > 2", "1 < 2 and 3 > 2"),
        ("<br><br/><br />", ""),
        ("Bit<!-- not -->co<b>in</b> rises<p>today", "Bitcoin rises today"),
        ("Bitcoin rises<!-- it falls", "Bitcoin rises"),
        ("Bitcoin <span style='display: none'>never </span>rises <p hidden>and falls</p>", "Bitcoin rises"),
        ("Bit\U000e0041co\u00adin\ufe0f ri\u2066ses", "Bitcoin rises"),
        ("Bit&#x200b;coin", "Bitcoin"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; up", "up"),
    ],
)
def test_only_what_is_shaped_like_markup_goes(text: str, cleaned: str) -> None:
    assert clean(text, 300) == cleaned


@pytest.mark.parametrize("text", ["<" * 5000, "<a " * 2000, "<!--" * 1200, "<a x=" * 1000, "<a x='" * 1000, "&lt;" * 1200])
def test_text_made_to_take_long_is_cleaned(text: str) -> None:
    assert len(clean(text, 300)) <= 300


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Fees fall", "Fees fall"),
        ("half \ud83d", "half "),
        ("\ude80 half", " half"),
        ("whole \U0001f680", "whole \U0001f680"),
        ("a\x00b\x1bc\x7fd\x85e", "abcde"),
        ("two\n\tlines\r\n", "two\n\tlines\r\n"),
        ("x" * 31, "x" * 30),
        ("x" * 29 + "\U0001f680\U0001f680", "x" * 29 + "\U0001f680"),
        (None, ""),
        (7, "7"),
        (0.5, "0.5"),
        (True, ""),
        ({"_": "text of an element", "$": {"type": "html"}}, "text of an element"),
        ({"$": {}}, ""),
        (["a"], ""),
        (b"bytes", ""),
    ],
)
def test_whatever_comes_is_made_a_text(value: object, text: str) -> None:
    assert Whole(30)(value) == text
    text.encode()  # a database takes it


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("https://news.example/a?utm_source=rss&utm_medium=feed#top", "https://news.example/a"),
        ("http://www.news.example/a/", "https://NEWS.example/a"),
        ("https://news.example/a?fbclid=1&id=7&ref=home", "https://news.example/a?id=7"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?a=1&b=2"),
        ("https://news.example/a?PHPSESSID=3", "https://news.example/a"),
    ],
)
def test_address_leads_to_the_same_whatever_its_tracking_says(address: str, same: str) -> None:
    assert untracked(address) == untracked(same)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("https://www.youtube.com/watch?v=AAA", "https://www.youtube.com/watch?v=BBB"),
        ("https://news.example/?p=1", "https://news.example/?p=2"),
        ("https://news.example/?story=", "https://news.example/"),
        ("https://news.example/a", "https://other.example/a"),
        ("https://news.example/a", "https://news.example/b"),
        ("https://news.example/a", "https://news.example:8443/a"),
        ("https://news.example/#/a", "https://news.example/#/b"),
        ("https://news.example/#!a", "https://news.example/#!b"),
    ],
)
def test_addresses_of_two_stories_differ(address: str, other: str) -> None:
    assert untracked(address) != untracked(other)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://news.example/a?b=1&c=2#d", "https://news.example/a?b=1&c=2#d"),
        (' https://news.example/a"onclick="x ', "https://news.example/a%22onclick=%22x"),
        ("https://news.example/ü", "https://news.example/%C3%BC"),
        ("javascript:alert(1)", ""),
        ("ftp://news.example/a", ""),
        ("//news.example/a", ""),
        ("https://[broken", ""),
        ("http://news.example/a", "http://news.example/a"),
        ("https://news.example/" + "x" * (LINK_LIMIT - 21), "https://news.example/" + "x" * (LINK_LIMIT - 21)),
        ("https://news.example/" + "x" * (LINK_LIMIT - 20), ""),
        ("https://news.example/\ud800", ""),
        ("https://\ud800.example/", ""),
        ("https://news.example:99999/", ""),
        ("https://two words.example/", ""),
        ("https://", ""),
    ],
)
def test_only_web_addresses_pass(text: str, address: str) -> None:
    assert web_address(text) == address


def test_longest_address_is_a_thousand_characters() -> None:
    assert LINK_LIMIT == 1000
