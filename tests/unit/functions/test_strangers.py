"""What a stranger writes, cleaned."""

import pytest

from functions.strangers import clean, web_address


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Fees\n\tfall  ", "Fees fall"),
        ("<b>Bold</b><script>alert(1)</script>", "Bold alert(1)"),
        ("A &amp; B &lt;i&gt;C&lt;/i&gt;", "A & B C"),
        ("left\u202eright\x00\u200bend", "left right end"),
        ("x" * 400, "x" * 300),
        ("", ""),
    ],
)
def test_text_loses_markup_and_what_cannot_be_seen(text: str, cleaned: str) -> None:
    assert clean(text, 300) == cleaned


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
        ("https://news.example/" + "x" * 1000, ""),
    ],
)
def test_only_web_addresses_pass(text: str, address: str) -> None:
    assert web_address(text) == address
