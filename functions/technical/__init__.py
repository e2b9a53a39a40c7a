"""The technical engine: indicators, levels, trend, entries, signals."""
