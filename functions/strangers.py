"""What strangers write: cleaned before anybody reads it or presses it."""

import html
import re
from urllib.parse import quote, urlsplit

LINK_LIMIT = 1000
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


def clean(text: str, limit: int) -> str:
    """Return text without markup, control characters and runs of white space, cut at `limit` characters."""
    bare = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    shown = "".join(letter if letter.isprintable() or letter.isspace() else " " for letter in bare)
    return _SPACE.sub(" ", shown).strip()[:limit].strip()


def web_address(text: str) -> str:
    """Return an http or https address that can stand in a link; empty when it is none."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    address = quote(text.strip(), safe="%/:=&?~#+!$,;@()*[]")
    return address if len(address) <= LINK_LIMIT else ""
