"""What a chat may set, and how each setting is written: `/settings confidence 70`."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from functions.delivery.inbox.values import read_span, read_zone
from functions.delivery.messages.words import Language
from functions.outbox.classes import OPTIONAL, AlertClass
from functions.pairs import read_symbol

Column = str
Value = str | int | float | list[str] | None
_DAY = 24 * 60
_QUIET = re.compile(r"(\d{1,2})(?::([0-5]\d))?-(\d{1,2})(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class Preference:
    """A setting with its new value, by column of the chat."""

    values: tuple[tuple[Column, Value], ...]


def read(name: str, words: list[str]) -> Preference | None:
    """Read one setting; None when it is not one, or its value is not one it takes."""
    reader = _READERS.get(name)
    return reader(words) if reader and words else None


def _set(column: Column, value: Value) -> Preference:
    return Preference(((column, value),))


def _confidence(words: list[str]) -> Preference | None:
    number = _whole([word.removesuffix("%") for word in words], 100)
    return None if number is None else _set("min_confidence", number / 100)


def _coins(words: list[str]) -> Preference | None:
    if [word.lower() for word in words] == ["all"]:
        return _set("coins", [])
    symbols = [read_symbol(word.strip(",")) for word in words]
    coins = sorted({symbol for symbol in symbols if symbol})
    return _set("coins", list(coins)) if all(symbols) and len(coins) <= 100 else None


def _hear(words: list[str]) -> Preference | None:
    if [word.lower() for word in words] == ["all"]:
        return _set("classes", [])
    classes = {word.strip(",").lower().removesuffix("s"): None for word in words}
    column_values = {class_name(kind): kind.value for kind in OPTIONAL}
    return _set("classes", sorted(column_values[name] for name in classes)) if classes.keys() <= column_values.keys() else None


def class_name(kind: AlertClass) -> str:
    """Return a class of alerts as a setting names one of its messages: `new` of `news`, `signal` of `signals`."""
    return kind.value.removesuffix("s")


def class_names(kinds: Collection[AlertClass]) -> str:
    """Return classes of alerts as the setting names them, e.g. `signals trades`."""
    return " ".join(f"{class_name(kind)}s" for kind in OPTIONAL if kind in kinds)


def _mode(words: list[str]) -> Preference | None:
    return _set("mode", words[0].lower()) if len(words) == 1 and words[0].lower() in ("all", "strong") else None


def _quiet(words: list[str]) -> Preference | None:
    if [word.lower() for word in words] == ["off"]:
        return Preference((("quiet_from", None), ("quiet_until", None)))
    match = _QUIET.fullmatch("".join(words))
    if match is None:
        return None
    start, end = (int(hours) * 60 + int(minutes or 0) for hours, minutes in (match.group(1, 2), match.group(3, 4)))
    fits = start < _DAY and end <= _DAY and start != end % _DAY
    return Preference((("quiet_from", start), ("quiet_until", end % _DAY))) if fits else None


def _language(words: list[str]) -> Preference | None:
    try:
        return _set("language", Language(words[0].lower()).value) if len(words) == 1 else None
    except ValueError:
        return None


def _zone(words: list[str]) -> Preference | None:
    zone = read_zone(words[0]) if len(words) == 1 else None
    return _set("zone", zone) if zone else None


def _budget(words: list[str]) -> Preference | None:
    number = _whole(words, 1000)
    return None if number is None else _set("budget", number)


def _cooldown(words: list[str]) -> Preference | None:
    span = read_span(words[0]) if len(words) == 1 else None
    return None if span is None else _set("cooldown_minutes", int(span.total_seconds() // 60))


def _whole(words: list[str], most: int) -> int | None:
    if len(words) != 1 or not re.fullmatch(r"[0-9]{1,4}", words[0]):
        return None
    return number if (number := int(words[0])) <= most else None


_READERS: Mapping[str, Callable[[list[str]], Preference | None]] = {
    "hear": _hear,
    "confidence": _confidence,
    "coins": _coins,
    "mode": _mode,
    "quiet": _quiet,
    "timezone": _zone,
    "language": _language,
    "budget": _budget,
    "cooldown": _cooldown,
}
NAMES = tuple(_READERS)
