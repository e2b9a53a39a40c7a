"""A message within Telegram's limits, with and without its markup."""

from functions.delivery.message import CAPTION_LIMIT, fit, length, plain, shorten, without_markup


def test_length_counts_utf16_units_a_person_reads() -> None:
    assert length("<b>🟢 &lt;</b>") == 4


def test_plain_has_no_markup_and_no_entities() -> None:
    assert plain("<b>a &lt; b &amp; c</b>") == "a < b & c"


def test_without_markup_is_html_that_shows_the_same() -> None:
    assert without_markup("<b>a &lt; b</b>") == "a &lt; b"


def test_fit_leaves_out_whole_lines_of_the_middle_and_keeps_the_end() -> None:
    text = fit(["<b>head</b>"], ["<i>middle</i>" * 5] * 100, ["tail"], CAPTION_LIMIT)
    assert length(text) <= CAPTION_LIMIT
    assert text.endswith("…\ntail")
    assert text.count("<i>") == text.count("</i>") > 0


def test_shorten_cuts_one_endless_line_too() -> None:
    assert length(shorten("😀" * 9000)) <= 4096
