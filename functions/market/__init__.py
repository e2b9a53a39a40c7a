"""Market data: the universe, history, gaps, freshness, and the candle grid everything else computes on."""
