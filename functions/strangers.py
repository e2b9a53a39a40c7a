"""Text from outside: made valid at the edge, and cleaned before it is shown or linked."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

LINK_LIMIT = 1000
_SPACE = re.compile(r"\s+")
_NO_HOST = re.compile(r"[\s<>\"'%]")
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and halves of characters
_ELEMENTS = (
    "a|abbr|address|article|aside|audio|b|bdi|bdo|big|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|dd|del"
    "|details|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li"
    "|link|main|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|samp|script|section|select|small|source|span|strike"
    "|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr"
    r"|[a-z]\w*[:-][\w:-]+"  # of a namespace, or somebody's own
)
_VALUE = r"""\s+[\w:@.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>]+)"""
_FLAG = r"\s+(?:allowfullscreen|async|autoplay|checked|controls|defer|disabled|hidden|loop|muted|novalidate|playsinline|required)"
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u|wbr)"
    rf"(?:{_VALUE}|{_FLAG})*\s*/?>|<!--.*?(?:-->|$)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(
    rf"<!\[CDATA\[|\]\]>|<!doctype[^<>]*>|<\?[a-z][^<>]*\?>|</(?:{_ELEMENTS})\s*>"
    rf"|<(?:{_ELEMENTS})(?:{_VALUE}|{_FLAG})*\s*/?>|<(?:{_ELEMENTS})(?:{_VALUE}|{_FLAG})*\s+[\w:@.-]+=[^<>]*$",  # cut off
    re.IGNORECASE | re.DOTALL,
)
# Elements that a page does not show, with what is in them.
_HIDDEN = re.compile(
    r"<(script|style|template)\b[^<>]*>.*?</\1\s*>"
    r"|<([a-z]\w*)(?=[^<>]*(?:\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0\b))"
    r"[^<>]*>.*?</\2\s*>",
    re.IGNORECASE | re.DOTALL,
)
# Unicode's letters that nobody sees: joiners, marks of direction, selectors, the block of tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What says how a reader came, and not what is read.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|hsa|ga|at)_.*|_hs.*|_ga|.*clid|msclkid|mc_[ce]id|mkt_tok|igshid|ref|ref_src|ref_url|cmpid|ncid|ocid|spm"
    r"|traffic_source|soc_src|soc_trk|sr_share|(?:php|j|asp)?sess(?:ion)?_?id",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Whole:
    """Make a valid text of any value, of at most `limit` characters: `Annotated[str, BeforeValidator(Whole(300))]`.

    Nothing is refused for its form: halves of characters, NULs and other control characters but tabs and ends of lines are left
    out, what is too long is cut, a number is its digits, an element that was read with its attributes is its text, and nothing
    is an empty text, like everything else that is none.
    """

    limit: int

    def __call__(self, value: object) -> str:
        """Return the text."""
        if isinstance(value, Mapping):
            value = value.get("_")  # of an XML element with attributes
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = repr(value)
        return _BROKEN.sub("", value[: 2 * self.limit])[: self.limit] if isinstance(value, str) else ""


def clean(text: str, limit: int) -> str:
    """Return a text without tags and runs of white space, cut at `limit` characters.

    Markup goes, with comments and what a page hides, and letters that nobody sees; a word that any of them stands in is whole
    again. Only what is shaped like markup goes: in "BTC < $60K and ETH > $3K" nothing is.
    """
    bare = _without_markup(html.unescape(_without_markup(text)))
    shown = "".join(letter if letter.isprintable() or letter.isspace() else " " for letter in bare)
    return _SPACE.sub(" ", shown).strip()[:limit].strip()


def _without_markup(text: str) -> str:
    return _TAG.sub(" ", _INLINE.sub("", _HIDDEN.sub(" ", _INVISIBLE.sub("", text))))


def web_address(text: str) -> str:
    """Return an http or https address that can stand in a link; empty when it is none."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # both raise when they are none
        usable = parts.scheme in ("http", "https") and host and not _NO_HOST.search(host)
        address = quote(text, safe="%/:=&?~#+!$,;@()*[]") if usable else ""
    except ValueError:  # of an encoding too: half of a character
        return ""
    return address if len(address) <= LINK_LIMIT else ""


def untracked(address: str) -> str:
    """Return an address without its scheme and tracking parameters, to compare addresses of one page."""
    parts = urlsplit(address)
    kept = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    )
    host = (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")
    page = parts.fragment if parts.fragment.startswith(("/", "!")) else ""  # a page of a site that is one script
    return urlunsplit(("", host, parts.path.rstrip("/"), urlencode(kept), page))
