"""A message within Telegram's limits, with and without its markup."""

from functions.delivery.messages.message import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    TOAST_LIMIT,
    fit,
    length,
    plain,
    shorten,
    without_markup,
)


def test_length_counts_utf16_units_a_person_reads() -> None:
    assert length("<b>🟢 &lt;</b>") == 4


def test_plain_has_no_markup_and_no_entities() -> None:
    assert plain("<b>a &lt; b &amp; c</b>") == "a < b & c"


def test_without_markup_is_html_that_shows_the_same() -> None:
    assert without_markup("<b>a &lt; b</b>") == "a &lt; b"
    assert without_markup("it's <i>&quot;up&quot;</i>") == 'it\'s "up"'


def test_fit_leaves_out_whole_lines_of_the_middle_and_keeps_the_end() -> None:
    text = fit(["<b>head</b>"], ["<i>middle</i>" * 5] * 100, ["tail"], CAPTION_LIMIT)
    assert length(text) <= CAPTION_LIMIT
    assert text.endswith("…\ntail")
    assert text.count("<i>") == text.count("</i>") > 0


def test_shorten_cuts_one_endless_line_too() -> None:
    assert length(shorten("😀" * 9000)) <= 4096


def test_fit_of_what_fits_leaves_nothing_out() -> None:
    assert fit(["head"], ["middle"], ["tail"], CAPTION_LIMIT) == "head\nmiddle\ntail"


def test_shorten_of_a_short_text_is_that_text() -> None:
    assert shorten("short") == "short"
    assert shorten("x" * 4096) == "x" * 4096


def test_shorten_keeps_whole_lines_and_says_that_there_was_more() -> None:
    text = shorten("\n".join(f"<b>line {number:04}</b>" for number in range(1000)))
    lines = text.split("\n")
    assert lines[-1] == "…"
    assert lines[:-1] == [f"<b>line {number:04}</b>" for number in range(len(lines) - 1)]
    assert 4096 - 10 <= length(text) <= 4096


def test_shorten_of_one_long_line_keeps_its_beginning() -> None:
    assert shorten("y" * 9000, 100) == "y" * 50


def test_limits_are_those_of_the_bot_api() -> None:
    assert (TEXT_LIMIT, CAPTION_LIMIT, TOAST_LIMIT) == (4096, 1024, 200)
