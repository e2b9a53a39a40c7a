"""Decimal arithmetic to the last digit: products and sums are never rounded; rounding to a step is always named."""

from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, getcontext, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Prices and quantities have at most 30 digits each; a fee is a product of three. A result that does not fit raises.
_CONTEXT = Context(prec=150, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in a decimal context that raises instead of rounding.

    Raises:
        decimal.Inexact: a result would need rounding; it is a fault of the calculation, never of the data.
    """

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        # Called by another exact function it is in the context already, which costs more to enter than most sums.
        if getcontext().prec == _CONTEXT.prec:
            return function(*args, **kwargs)
        with localcontext(_CONTEXT):
            return function(*args, **kwargs)

    return inside


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is not above `value`; `value` is not negative."""
    return value - value % step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is not below `value`; `value` is not negative."""
    rest = value % step
    return value if not rest else value - rest + step


def nearest_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of `step` nearest to `value`, the upper one from the middle on; `value` is not negative."""
    return floor_to(value + step / 2, step)


def plain(value: Decimal) -> str:
    """Return `value` without exponent and trailing zeros: what JSON and people read, to the last digit."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
