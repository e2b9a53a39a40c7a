"""One order book of the CLOB: whether a move that gamma shows was traded. Needs no key.

Source: https://docs.polymarket.com, `GET /book`. Prices are texts, and neither side is in a promised order.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.errors import Broken
from functions.outgoing import Source, get_json

NAME = "polymarket_clob"


@dataclass(frozen=True, slots=True)
class Book:
    """Best prices of an outcome and the price of its last trade, 0..1; None where there is none."""

    bid: float | None
    ask: float | None
    last_trade: float | None

    def reaches(self, level: float, *, up: bool) -> bool:
        """Tell whether its middle, and the last trade where it is given, stand at a level or beyond it."""
        if self.bid is None or self.ask is None:
            return False
        prices = [(self.bid + self.ask) / 2, *([] if self.last_trade is None else [self.last_trade])]
        return all(price >= level if up else price <= level for price in prices)


def read_book(source: Source, token: str) -> Book:
    """Return the book of an outcome.

    Raises:
        RetryLater: the CLOB does not answer.
        Broken: it refuses, or its answer is no book.
    """
    return book_of(get_json(source, "/book", {"token_id": token}))


def book_of(answer: Any) -> Book:
    """Read a book.

    Raises:
        Broken: it is none.
    """
    if not isinstance(answer, Mapping):
        raise Broken("source_unreadable", f"expected an order book, got {str(answer)[:80]!r}")
    try:
        bids, asks = ([float(level["price"]) for level in answer[side]] for side in ("bids", "asks"))
        last = float(answer["last_trade_price"]) if answer.get("last_trade_price") else None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Broken("source_unreadable", f"expected an order book, got {error!r}") from error
    if not all(map(math.isfinite, (*bids, *asks, last or 0.0))):
        raise Broken("source_unreadable", "expected an order book, got prices that are no numbers")
    return Book(max(bids, default=None), min(asks, default=None), last or None)
