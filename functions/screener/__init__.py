"""The screener: of all USDT pairs, the ones worth a look today, and why."""
