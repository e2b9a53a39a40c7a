"""What the exchange writes: times in ms, numbers as texts, names of pairs. What cannot be one is refused; pure."""

import re
from math import isfinite
from typing import Any

EARLIEST, LATEST = 1_000_000_000_000, 4_102_444_800_000  # ms: September 2001 and the end of 2099
LARGEST_PRICE = 1e12  # in the quote coin; no coin costs a thousandth of it
LARGEST_AMOUNT = 1e18  # of a coin in a day; of the cheapest coins some 1e14 are traded
_NAME = re.compile(r"[A-Z0-9]{1,30}")
_WHOLE = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,3})?")


def moment_of(value: Any) -> int:
    """Return a time of the exchange in ms.

    Raises:
        ValueError: it is no whole number of ms between 2001 and 2099, as an int or as digits.
    """
    written = isinstance(value, str) and _WHOLE.fullmatch(value) is not None
    milliseconds = value if type(value) is int else int(value) if written else 0
    if not EARLIEST <= milliseconds < LATEST:
        raise ValueError(f"expected a time in ms, got {_shown(value)}")
    return milliseconds


def number_of(value: Any) -> float:
    """Return a finite number, which the exchange writes as a text or as a JSON number.

    Raises:
        ValueError: it is none.
    """
    written = isinstance(value, str) and _NUMBER.fullmatch(value) is not None
    if not (written or type(value) in (int, float)):
        raise ValueError(f"expected a number, got {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise ValueError(f"expected a finite number, got {_shown(value)}")
    return number


def name_of(value: Any) -> str:
    """Return the name of a pair or coin: 1 to 30 capital Latin letters and digits.

    Raises:
        ValueError: it is none.
    """
    if not (isinstance(value, str) and is_name(value)):
        raise ValueError(f"expected the name of a pair, got {_shown(value)}")
    return value


def is_name(text: str) -> bool:
    """Tell whether a text is the name of a pair or coin."""
    return _NAME.fullmatch(text) is not None


def _shown(value: Any) -> str:
    return f"an int of {value.bit_length()} bits" if type(value) is int and value.bit_length() > 128 else repr(value)[:40]
