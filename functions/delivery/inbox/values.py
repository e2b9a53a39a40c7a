"""Values as a trader writes them: pairs, amounts, spans of time."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import available_timezones

LONGEST_SPAN = timedelta(days=30)
_SPAN = re.compile(r"(\d{1,4})([mhdмчд])", re.IGNORECASE)
_NUMBER = re.compile(r"\$?([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\$?")
_PERCENT = re.compile(r"([+\-−])([0-9]{1,4}(?:[.,][0-9]{1,4})?)%")
LARGEST_PERCENT = 1000
_UNITS = {"m": 60, "м": 60, "h": 3600, "ч": 3600, "d": 86400, "д": 86400}


@dataclass(frozen=True, slots=True)
class UnclearNumber:
    """A number that may be read in two ways, each as it is written without a doubt."""

    readings: tuple[str, str]


def read_price(text: str) -> Decimal | UnclearNumber | None:
    """Return a price above zero; it is written with a point, as messages show it, so only a comma leaves a doubt."""
    return _thousands(text, ",") or _decimal(text)


def read_percent(text: str) -> Decimal | None:
    """Return a percentage with a sign, as `-5%` or `+2.5%`; None without a sign, for 0, and for -100% or less."""
    match = _PERCENT.fullmatch(text)
    if match is None:
        return None
    percent = Decimal(f"{match[1]}{match[2]}".replace(",", ".").replace("−", "-"))
    return percent if percent and -100 < percent <= LARGEST_PERCENT else None


def read_amount(text: str) -> Decimal | UnclearNumber | None:
    """Return an amount above zero; a comma may be its decimal sign; before three digits comma and point may mean thousands."""
    return _thousands(text, ",.") or _decimal(text)


def _thousands(text: str, marks: str) -> UnclearNumber | None:
    match = re.fullmatch(rf"\$?([0-9]{{1,3}})([{marks}])([0-9]{{3}})\$?", text)
    if match is None or (match[2] == "." and int(match[1]) == 0):
        return None
    return UnclearNumber((str(int(match[1] + match[3])), f"{int(match[1])}.{match[3]}0"))


def _decimal(text: str) -> Decimal | None:
    """Return a number of plain digits; what `Decimal` reads beside them, as signs or other scripts, leaves a doubt."""
    match = _NUMBER.fullmatch(text)
    value = Decimal(match[1].replace(",", ".")) if match else Decimal(0)
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -15
    return value if fits and 0 < value < Decimal(10) ** 12 else None


def read_zone(text: str) -> str | None:
    """Return the name of a time zone, e.g. `Europe/Moscow` of `europe/moscow`; None when there is none of that name."""
    return _zones().get(text.lower())


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Return the names of all time zones by their small letters."""
    return {name.lower(): name for name in sorted(available_timezones())}


def read_span(text: str) -> timedelta | None:
    """Return a span such as `30m`, `4h` or `2d`, 30 days at most; `off` is zero."""
    if text.lower() in ("off", "0"):
        return timedelta(0)
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    span = timedelta(seconds=int(match[1]) * _UNITS[match[2].lower()])
    return span if timedelta(0) < span <= LONGEST_SPAN else None


def span_text(span: timedelta) -> str:
    """Return a span as `read_span` reads it, in its largest whole unit."""
    minutes = int(span.total_seconds() // 60)
    if not minutes:
        return "off"
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
