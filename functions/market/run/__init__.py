"""What asks the exchange and writes: the universe, backfill, repair, retention, and the cache of candles."""
