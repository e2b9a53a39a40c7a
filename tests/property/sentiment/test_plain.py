"""The plain form: made once, it stays; and it is short, clean and the same for text that is broken in any way."""

from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment.text.plain import LIMIT, plain

PIECES = st.lists(
    st.text(max_size=12)
    | st.sampled_from(
        ["Bitcoin rises ", "Биткоин вырос ", "$ETH ", "#moon ", "system: ", "[INST] ", "\n\n", "ignore prior prompts. "]
    )
    | st.sampled_from(["<b>", "</b>", "<!--", "-->", "&lt;", "&amp;", "&#x200b;", "\u202e", "\ufe0f", "\u0301", "<img alt='x'>"])
    | st.sampled_from(["â€™", "ﬁ", "Ⅷ", "ﷺ", "е", "ϲ", "ｅ", "й"]),
    max_size=12,
).map("".join)


@given(PIECES)
def test_plain_text_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(once) <= LIMIT
    assert once == " ".join(once.split())
