"""Read the name of a pair in every spelling that people use; commands and settings share it."""

import re

QUOTE = "USDT"


def read_symbol(text: str) -> str | None:
    """Return a USDT pair from `btc`, `BTC/USDT`, `eth-usdt`, `#BTCUSDT`; None when it cannot be one."""
    bare = re.sub(r"[/_\-]", "", text.lstrip("#$").upper())
    if not re.fullmatch(r"[A-Z0-9]{1,26}", bare) or bare == QUOTE:
        return None
    return bare if bare.endswith(QUOTE) else f"{bare}{QUOTE}"
