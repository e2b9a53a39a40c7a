"""A headline as it is scored."""

import re
import unicodedata

from ftfy import fix_encoding

from functions.sentiment.text.addressed import news_alone
from functions.sentiment.text.lookalikes import plain_letters
from functions.strangers import clean

LIMIT = 300  # characters of a title
_ROUNDS = 8  # what is wrapped more often than this stays wrapped
_BREAK = re.compile(r"\n\s*\n|[^\S\n]{20,}|\n{3,}")


def headline(text: str) -> str:
    """Return a text's first paragraph; all of it when that has fewer than three words."""
    first = _BREAK.split(text.strip(), maxsplit=1)[0]
    return first if len(first.split()) >= 3 else text


def plain(text: str) -> str:
    """Return the one form in which a headline is scored and compared, so that a disguised one is the plain one.

    Out go markup, comments and what a page hides, letters that nobody sees, marks put on letters, letters that look like others,
    broken encodings, what is written behind an empty line, and what gives orders to a reader. What is plain stays as it is.
    """
    before, text = "", headline(text)
    for _ in range(_ROUNDS):
        if text == before:
            break
        before, text = text, _unwrap(text)
    return text[:LIMIT].strip()


def _unwrap(text: str) -> str:
    # Before and behind NFKC, which turns some lookalikes into letters that look like nothing else.
    composed = unicodedata.normalize("NFKC", plain_letters(unicodedata.normalize("NFC", fix_encoding(text))))
    return news_alone(plain_letters(unicodedata.normalize("NFC", clean(composed, len(composed)))))
