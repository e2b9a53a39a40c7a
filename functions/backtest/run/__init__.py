"""One backtest from its candles to its result, and what asks for it."""
