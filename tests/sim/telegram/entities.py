"""Text with markup, checked as Telegram's server does: its tags, its nesting, its words for what is wrong.

The rules and messages follow `parse_html` of the open TDLib. Offsets in errors are bytes, in entities UTF-16 units.
"""

import re
from dataclasses import dataclass, field

from tests.sim.telegram.errors import bad_request

_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
    "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = " \t\r\n"


@dataclass(slots=True)
class Parsed:
    """Plain text and its entities."""

    text: str
    entities: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    name: str
    offset: int
    begin: int
    argument: str = ""


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def parse_text(text: str, parse_mode: str) -> Parsed:
    """Return the text without its markup.

    Raises:
        ApiError: 400, the markup is broken or the parse mode unknown.
    """
    mode = parse_mode.lower()
    if mode == "html":
        return _HtmlParser(text).parse()
    if mode == "markdown":
        return _check_markdown(text)
    if mode in ("", "markdownv2"):
        return Parsed(text)
    raise bad_request("unsupported parse_mode")


def _broken(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


class _HtmlParser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[dict[str, object]] = []

    def parse(self) -> Parsed:
        while self._position < len(self._text):
            character = self._text[self._position]
            if character == "<":
                self._tag()
            else:
                self._write(self._decode() if character == "&" else self._next())
        if self._open:
            raise _broken(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        return Parsed("".join(self._out), self._entities)

    def _next(self) -> str:
        self._position += 1
        return self._text[self._position - 1]

    def _peek(self) -> str:
        """Return the character here; an empty text at the end."""
        return self._text[self._position : self._position + 1]

    def _write(self, text: str) -> None:
        self._out.append(text)
        self._length += utf16_length(text)

    def _decode(self) -> str:
        """Return a character reference decoded; an unknown one stays as it is."""
        match = _ENTITY.match(self._text, self._position)
        if match is None:
            return self._next()
        decimal, hexadecimal, name = match.groups()
        code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
        if not name and not 0 < code <= 0x10FFFF:
            return self._next()
        self._position = match.end()
        return _NAMED[name] if name else chr(code)

    def _byte(self, position: int) -> int:
        return len(self._text[:position].encode())

    def _skip_space(self) -> None:
        while self._peek() and self._peek() in _SPACE:
            self._position += 1

    def _word(self, stops: str) -> str:
        begin = self._position
        while self._peek() and self._peek() not in _SPACE + stops:
            self._position += 1
        return self._text[begin : self._position]

    def _tag(self) -> None:
        begin = self._position
        self._position += 1
        if self._peek() == "/":
            self._position += 1
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        at = self._byte(begin)
        name = self._word(">").lower()
        if not self._peek():
            raise _broken(f"Unclosed start tag at byte offset {at}")
        if name not in _KINDS:
            raise _broken(f'Unsupported start tag "{name}" at byte offset {at}')
        attributes: dict[str, str] = {}
        self._skip_space()
        while self._peek() != ">":
            attribute, value = self._attribute(name, at)
            attributes[attribute] = value
            self._skip_space()
            if not self._peek():
                raise _broken(f"Unclosed start tag at byte offset {at}")
        self._position += 1
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _broken(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        argument = attributes.get("href") or attributes.get("emoji-id") or attributes.get("class", "")
        self._open.append(_Open(name, self._length, self._position, argument))

    def _attribute(self, tag: str, at: int) -> tuple[str, str]:
        name = self._word("=>").lower()
        if not name:
            raise _broken(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
        self._skip_space()
        if self._peek() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise _broken(f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {at}')
        self._position += 1
        self._skip_space()
        quote = self._peek()
        if not quote:
            raise _broken(f'Unclosed start tag "{tag}" at byte offset {at}')
        if quote in "\"'":
            return name, self._quoted(quote)
        start = self._position
        match = _NAME_TOKEN.match(self._text, start)
        self._position = match.end() if match else start
        if self._peek() and self._peek() not in _SPACE + ">":
            raise _broken(f"Unexpected end of name token at byte offset {self._byte(start)}")
        return name, self._text[start : self._position].lower()

    def _quoted(self, quote: str) -> str:
        self._position += 1
        value = []
        while self._peek() and self._peek() != quote:
            value.append(self._decode() if self._peek() == "&" else self._next())
        self._position += 1
        return "".join(value)

    def _end_tag(self, begin: int) -> None:
        at = self._byte(begin)
        if not self._open:
            raise _broken(f"Unexpected end tag at byte offset {at}")
        name = self._word(">").lower()
        self._skip_space()
        if self._peek() != ">":
            raise _broken(f"Unclosed end tag at byte offset {at}")
        self._position += 1
        opened = self._open.pop()
        if name and name != opened.name:
            raise _broken(f'Unmatched end tag at byte offset {at}, expected "</{opened.name}>", found "</{name}>"')
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self._length - opened.offset
        if length == 0:
            return
        entity: dict[str, object] = {"offset": opened.offset, "length": length, "type": _KINDS[opened.name]}
        if opened.name == "a":
            url = opened.argument or "".join(self._out)[-length:]
            if "." not in url and "://" not in url:
                return  # Telegram silently drops a link that leads nowhere
            entity["url"] = url
        self._entities.append(entity)
        self._entities.sort(key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))


def _check_markdown(text: str) -> Parsed:
    """Check the old Markdown: every `*`, `_`, backtick and `[` that opens must close."""
    plain: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and text[position + 1 : position + 2] in ("_", "*", "`", "["):
            plain.append(text[position + 1])
            position += 2
        elif character in "_*`[":
            end = text.find("]" if character == "[" else character, position + 1)
            if end < 0:
                at = len(text[:position].encode())
                raise _broken(f"Can't find end of the entity starting at byte offset {at}")
            plain.append(text[position + 1 : end])
            position = end + 1
        else:
            plain.append(character)
            position += 1
    return Parsed("".join(plain))
