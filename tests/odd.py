"""Odd values for whatever comes from outside: what a program that expects something plain falls over."""

import copy
from collections.abc import Iterator
from typing import Any

ODD_TEXTS = [
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud83d",
        "\udc00x",
        "\U0001f680",
        "x" * 5000,
        "%",
        "'",
        "\\",
        "null",
        "NaN",
        "Infinity",
        "-Infinity",
    ),
    *("1e400", "1e-400", "-0", "0.0000000000000001", "9" * 400, "\u0661\u0662", "BTCUSDT", "btcusdt", "BTC/USDT", "../../etc"),
    *(
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-12:00",
        "infinity",
    ),
    *("2009-01-03T00:00:00Z", "2009-01-03T00:00:00+14:00", "2200-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "-infinity"),
    *("2024-02-30T00:00:00Z", "2024-03-05T12:00:00", "2024-03-05T12:00:60Z", "0001-01-01", "9999-12-31", "2024-03-05", "24:00"),
]
ODD_NUMBERS = [
    *(-1, 0, 1, 2**31, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400),
    *(0.5, -0.0, 1e-320, 1.8e308, 253402300799, 253402300800, 253402300799999),
]
ODD: list[Any] = [None, True, [], {}, [None], [[]], {"a": []}, ["BTCUSDT"] * 2, float("nan"), *ODD_NUMBERS, *ODD_TEXTS]
Place = tuple[str | int, ...]


def places(value: Any) -> Iterator[Place]:
    """Yield where something stands in a JSON value, itself first."""
    yield ()
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        yield from ((key, *place) for place in places(below))


def spoilt(value: Any, place: Place, odd: Any) -> Any:
    """Return a JSON value with something odd at a place of it."""
    if not place:
        return odd
    value = copy.copy(value)
    value[place[0]] = spoilt(value[place[0]], place[1:], odd)
    return value
