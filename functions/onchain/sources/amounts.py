"""Amounts as sources write them."""

from decimal import Decimal, InvalidOperation

_LARGEST = Decimal(10) ** 15  # USD: more than all there is


def amount(value: object) -> Decimal | None:
    """Return an amount of a number or a text, to the cent; None for what is none or cannot be."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
        return round(number, 2) if number.is_finite() and abs(number) < _LARGEST else None
    except InvalidOperation:
        return None
