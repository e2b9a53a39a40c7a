"""Numbers as people read them: plain decimals, however small or large, never with an exponent."""

from decimal import Decimal

from functions.paper.settling.exact import plain


def price_text(price: float) -> str:
    """Return a price with the digits that the exchange gave it, e.g. `0.0000123` of 1.23e-05."""
    return plain(Decimal(repr(float(price))))


def axis_text(value: float, span: float) -> str:
    """Return a price on an axis that shows `span` of them, with the digits that tell its marks apart."""
    digits = max(2 - Decimal(repr(float(span))).adjusted(), 0) if span > 0 else 0
    return f"{value:.{digits}f}"
