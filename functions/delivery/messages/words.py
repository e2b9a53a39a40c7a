"""Words in a chat's language: whole sentences translated by gettext, values put into them escaped for Telegram's HTML.

The English sentence is the message id and stands where it is used; `locale/*.po` holds the others. Translated by code are the
reasons of the technical engine (context `reason`), the words in them (`value`) and errors (`problem`).
"""

import gettext
import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from functions.errors import QuorumError

LOCALE = Path(__file__).parent / "locale"
MOMENT_FORMAT = "d MMM HH:mm"


class Language(StrEnum):
    """The languages a chat may choose."""

    EN = "en"
    RU = "ru"


class Html(str):
    """Text that is Telegram's HTML already: it is not escaped again."""

    __slots__ = ()


class _Formatter(string.Formatter):
    """Puts values into a sentence: escaped, numbers with the language's decimal sign."""

    def __init__(self, language: Language) -> None:
        self._comma = language is Language.RU

    def format_field(self, value: Any, format_spec: str) -> Any:
        if isinstance(value, Html):
            return value
        text = format(value, format_spec)
        if self._comma and isinstance(value, float | Decimal | int):
            text = text.translate({ord("."): ",", ord(","): "\u00a0"})
        return html.escape(text, quote=False)


@dataclass(frozen=True, slots=True)
class Words:
    """What a chat reads: its language, and the zone its times are in."""

    language: Language = Language.EN
    zone: str = "UTC"

    def say(self, message: str, /, **values: object) -> Html:
        """Return the translated sentence with its values; prices come as texts, so that they can be copied."""
        return self._fill(_catalog(self.language).gettext(message), values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> Html:
        """Return the form of a sentence that fits `{number}`."""
        return self._fill(_catalog(self.language).ngettext(one, many, number), {"number": number, **values})

    def reason(self, reason: Mapping[str, Any]) -> Html:
        """Return a reason of the technical engine; in English where its code has no translation."""
        translation = self._by_code("reason", str(reason.get("code", "")))
        values = {name: self._value(value) for name, value in dict(reason.get("params") or {}).items()}
        try:
            return self._fill(translation, values) if translation else escaped(reason["text"])
        except (KeyError, ValueError, IndexError):  # made by an older engine, with other parameters
            return escaped(reason.get("text", ""))

    def problem(self, error: QuorumError) -> Html:
        """Return an error in one sentence; its English detail where its code has no translation."""
        translation = self._by_code("problem", error.code)
        return self._fill(translation, error.figures) if translation else escaped(error.detail)

    @property
    def query(self) -> dict[str, str]:
        """Return what a picture has to know of the chat: its language, and its zone unless that is UTC."""
        return {"language": self.language.value, **({"zone": self.zone} if self.zone != "UTC" else {})}

    def value(self, word: str) -> Html:
        """Return one of the engine's words, e.g. LONG or up."""
        return escaped(self._by_code("value", word) or word)

    def moment(self, at: datetime) -> Html:
        """Return a time in the chat's zone, e.g. `5 Mar 14:30 UTC`."""
        return escaped(f"{self.clock(at)} {self.zone_name(at)}")

    def clock(self, at: datetime) -> str:
        """Return a time in the chat's zone without naming that, e.g. `5 Mar 14:30`."""
        return str(format_datetime(self._local(at), MOMENT_FORMAT, locale=self.language.value))

    def day(self, at: datetime) -> str:
        """Return a day in the chat's zone, e.g. `5 Mar`."""
        return str(format_datetime(self._local(at), "d MMM", locale=self.language.value))

    def zone_name(self, at: datetime) -> str:
        """Return what the chat's zone is called at a moment, e.g. `UTC`."""
        return f"{self._local(at):%Z}"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def _value(self, value: object) -> object:
        if isinstance(value, Mapping):
            return self.reason(value)
        return self._by_code("value", value) or value if isinstance(value, str) else value

    def _by_code(self, context: str, code: str) -> str | None:
        translation = _catalog(self.language).pgettext(context, code)
        return None if translation == code else translation

    def _fill(self, sentence: str, values: Mapping[str, object]) -> Html:
        return Html(_FORMATTERS[self.language].vformat(sentence, (), values))


def escaped(value: object) -> Html:
    """Return any value as HTML that shows it."""
    return Html(html.escape(str(value), quote=False))


def lines(*parts: str) -> Html:
    """Return lines under one another."""
    return Html("\n".join(parts))


_FORMATTERS = {language: _Formatter(language) for language in Language}


@lru_cache(maxsize=len(Language))
def _catalog(language: Language) -> gettext.NullTranslations:
    """Compile a catalog when it is first needed: the readable file is the only one there is."""
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.value))
    return gettext.GNUTranslations(BytesIO(compiled.getvalue()))
