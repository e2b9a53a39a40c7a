import contextlib
import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sim.telegram.entities import parse_text, utf16_length
from tests.sim.telegram.errors import ApiError


def parse(text: str) -> str:
    return parse_text(text, "HTML").text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<b>bold</b> and <I>italic</I>", "bold and italic"),
        ("<b>bold <i>both</i></b>", "bold both"),
        ('<a href="https://x.io/?a=1&amp;b=2">link</a>', "link"),
        ('<pre><code class="language-python">x &lt; 1</code></pre>', "x < 1"),
        ("<blockquote expandable>quote</blockquote>", "quote"),
        ('<span class="tg-spoiler">secret</span>', "secret"),
        ("<tg-spoiler>secret</tg-spoiler>", "secret"),
        ("fish &amp; chips &lt;3 &#33; &#x1F4C8;", "fish & chips <3 ! 📈"),
        ("A & B &nbsp; C", "A & B &nbsp; C"),
        ("<b>closed by any end</>", "closed by any end"),
        ("1 > 0", "1 > 0"),
    ],
)
def test_markup_that_telegram_accepts(markup: str, text: str) -> None:
    assert parse(markup) == text


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("a <br> b", 'Unsupported start tag "br" at byte offset 2'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("RSI < 30", 'Unsupported start tag "" at byte offset 4'),
        ("цена <h1>x</h1>", 'Unsupported start tag "h1" at byte offset 9'),
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
    ],
)
def test_markup_that_telegram_refuses(markup: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parse(markup)
    assert refusal.value.code == 400
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


@given(st.text())
def test_escaped_text_always_passes_and_comes_back(text: str) -> None:
    assert parse(f"<b>{html.escape(text, quote=False)}</b>") == text


@given(st.text(alphabet="<>/&;=\"' abip\n1#x"))
def test_any_text_is_parsed_or_refused_but_never_crashes(text: str) -> None:
    with contextlib.suppress(ApiError):
        assert len(parse(text)) <= len(text)


def test_entities_count_in_utf16_units() -> None:
    parsed = parse_text("📈 <b>up</b>", "HTML")
    assert parsed.entities == [{"offset": 3, "length": 2, "type": "bold"}]
    assert utf16_length("📈") == 2


def test_outer_entity_comes_first() -> None:
    kinds = [entity["type"] for entity in parse_text("<b><i>x</i>y</b>", "HTML").entities]
    assert kinds == ["bold", "italic"]


def test_a_link_keeps_its_address() -> None:
    assert parse_text('<a href="https://x.io">l</a>', "html").entities[0]["url"] == "https://x.io"


@pytest.mark.parametrize("text", ["snake_case", "5 * 3", "open [bracket", "`tick"])
def test_old_markdown_needs_every_mark_closed(text: str) -> None:
    with pytest.raises(ApiError, match="Can't find end of the entity starting at byte offset"):
        parse_text(text, "Markdown")


def test_old_markdown_that_is_closed_passes() -> None:
    assert parse_text("*bold* _it_ `code` \\_x", "Markdown").text == "bold it code _x"


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        parse_text("x", "BBCode")
