"""A search from its candles to what was earned out of sample, and what asks for it."""
