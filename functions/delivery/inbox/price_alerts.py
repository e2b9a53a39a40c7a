"""What `/alert` may ask for: `BTC 67000`, `BTC above 67000`, `BTC -5%`, `remove 3`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from functions.delivery.inbox.values import UnclearNumber, read_percent, read_price
from functions.levels.level import Direction
from functions.pairs import read_symbol

_REMOVAL = ("remove", "delete", "off", "убрать", "удалить")
_DIRECTIONS = {
    **dict.fromkeys(("above", ">", "выше"), Direction.RISING),
    **dict.fromkeys(("below", "<", "ниже"), Direction.FALLING),
}


@dataclass(frozen=True, slots=True)
class SetPriceAlert:
    """Word when a coin comes to a price, or so many percent away from the latest one; one of both is named."""

    symbol: str
    price: Decimal | None = None
    percent: Decimal | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class RemovePriceAlert:
    """The end of a price alert that waits."""

    alert_id: int


def read_price_alert(words: list[str]) -> SetPriceAlert | RemovePriceAlert | UnclearNumber | None:
    """Read the words behind `/alert`; None when they are written wrongly."""
    if len(words) == 2 and words[0].lower() in _REMOVAL:
        number = re.fullmatch(r"[#№]?([1-9][0-9]{0,17})", words[1])
        return RemovePriceAlert(int(number[1])) if number else None
    symbol = read_symbol(words[0]) if len(words) in (2, 3) else None
    direction = _DIRECTIONS.get(words[1].lower()) if len(words) == 3 else None
    if symbol is None or (len(words) == 3 and direction is None):
        return None
    if direction is None and (percent := read_percent(words[1])):
        return SetPriceAlert(symbol, percent=percent)
    price = read_price(words[-1])
    if price is None or isinstance(price, UnclearNumber):
        return price
    return SetPriceAlert(symbol, price, direction=direction)


def is_place(word: str) -> bool:
    """Tell whether a word may follow the coin: a price, a percentage, or on which side of now the price lies."""
    return bool(word.lower() in _DIRECTIONS or read_percent(word) or read_price(word))
