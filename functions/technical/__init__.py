"""The technical engine: indicators, levels, trend, entries, signals.

- An indicator: `engine/indicators.py`; an entry: `engine/entries.py`.
- What makes a close a signal, and how far its stop lies: `setups/grids.py`, with its numbers in `setups/rules.py`.
- Targets, size and life of a signal: `setups/signal.py`.
- How a trade meets its stop is decided by paper trading, not here.
"""
