"""One sentence about a wrong setting: its name, what was expected and what came, without the validator's wording."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from functions.logs import hide_secrets
from functions.shown import command

_LONGEST = 60  # characters of a wrong value that are shown
_LONGEST_SENTENCE = 180
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


def sentence(fields: Mapping[str, FieldInfo], error: ValidationError, written: Mapping[str, Any]) -> str:
    """Return one line about the first wrong setting.

    Args:
        fields: every setting by its name.
        error: of the validation.
        written: the settings as they were given.
    """
    first = error.errors()[0]
    field = str(first["loc"][0])
    name = field.upper()
    if field not in written:
        return f"{name} is not set; run {command('init')} to write every needed secret"
    if first["type"] == "value_error":
        return f"{name} is wrong: {first['msg'].removeprefix('Value error, ')[:_LONGEST_SENTENCE]}"
    return f"{name} is wrong: expected {_expected(fields[field])}, got {_came(fields[field], written[field])}"


def _came(field: FieldInfo, value: object) -> str:
    """Return the wrong value; for a secret only its length."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if field.annotation is SecretStr:
        return f"{len(text)}"
    return shown(text)


def shown(text: str) -> str:
    """Return a wrong value between quotes, cut, and without a password that is part of an address."""
    return hide_secrets(repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."))


def _expected(field: FieldInfo) -> str:
    kind = field.annotation
    if kind is bool:
        return "true or false"
    if kind is SecretStr:
        return f"{_limits(field)['min_length']} characters or more"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if get_origin(kind) is tuple:
        return _list(get_args(kind))
    if kind in (int, float, Decimal):
        return _number(kind, _limits(field))
    return "a path" if kind is Path else "text"


def _list(kinds: tuple[Any, ...]) -> str:
    noun = {int: "whole numbers", float: "numbers", Decimal: "numbers"}.get(kinds[0], "names")
    count = "" if kinds[-1] is Ellipsis else f"{_COUNTS[len(kinds)]} "
    return f"{count}{noun} separated by commas"


def _number(kind: object, limits: Mapping[str, Any]) -> str:
    noun = "a whole number" if kind is int else "a number"
    if "decimal_places" in limits:
        noun += f" of at most {limits['decimal_places']} decimals"
    if "ge" in limits and "le" in limits:
        return f"{noun} from {limits['ge']} to {limits['le']}"
    bounds = {"ge": "from {}", "gt": "above {}", "le": "up to {}", "lt": "below {}"}
    return " ".join((noun, " and ".join(words.format(limits[name]) for name, words in bounds.items() if name in limits))).strip()


def _limits(field: FieldInfo) -> dict[str, Any]:
    """Return a field's limits by their names: ge, gt, le, lt, min_length, decimal_places."""
    limits: dict[str, Any] = {}
    for constraint in field.metadata:
        for name in ("ge", "gt", "le", "lt", "min_length", "decimal_places"):
            value = getattr(constraint, name, None)
            if value is not None:
                limits[name] = value
    return limits
