"""Market data: the universe, history, gaps, freshness, and the candle grid everything else computes on.

- A question to the exchange: `sources/bybit.py`; how its answers are read: `sources/payloads.py`.
- What a candle is, how old it may be, what is missing: `candles/`. Which pairs there are: `universe.py`.
"""
