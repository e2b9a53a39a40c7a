"""The technical engine: indicators, levels, trend, entries, setups.

- An indicator: `engine/indicators.py`; an entry: `engine/entries.py`.
- What is a setup, and its plan: `setups/setup.py`; what the candles say of every coin: `factors.py`.
- What makes a close a signal, and how far its stop lies: `setups/grids.py`, with its numbers in `setups/rules.py`.
- Targets, size and life of a signal: `setups/signal.py`.
- How a trade meets its stop is decided by paper trading, not here.
"""
