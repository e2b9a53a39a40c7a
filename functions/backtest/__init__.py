"""The backtest: the live rules over months of candles, as one portfolio beside what it is compared with.

- What a run gives: `result.py`.
- No rule of trading lies here: they are the desk's own, called for all closes at once.
"""
