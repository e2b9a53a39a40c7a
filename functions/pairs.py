"""Read the name of a pair in every spelling that people use; commands and settings share it."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

QUOTE = "USDT"


def read_symbol(text: str) -> str | None:
    """Return a USDT pair from `btc`, `BTC/USDT`, `eth-usdt`, `#BTCUSDT`; None when it cannot be one."""
    bare = re.sub(r"[/_\-]", "", text.lstrip("#$").upper())
    if not re.fullmatch(r"[A-Z0-9]{1,26}", bare) or bare == QUOTE:
        return None
    return bare if bare.endswith(QUOTE) else f"{bare}{QUOTE}"


def _symbol(text: object) -> object:
    """Return the pair that a request names, in the exchange's spelling."""
    if not isinstance(text, str):
        return text
    if symbol := read_symbol(text):
        return symbol
    raise ValueError(f"expected a pair such as BTCUSDT, got {text[:40]!r}")


# A pair in a request. What is no name of one is refused; that the exchange has it is another question.
Symbol = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,30}$", examples=["BTCUSDT"]), BeforeValidator(_symbol)]
