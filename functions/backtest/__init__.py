"""The backtest: the live rules over months of candles, as one portfolio beside what it is compared with.

- What a run gives: `result.py`; the numbers it depends on: `rules.py`; what the market was: `history.py`.
- One run: `run/backtest.py`. Every setup of a span: `engine/setups.py`; which of them become signals: `engine/signals.py`.
- Which orders an account takes and what they earn: `engine/portfolio.py`; what it is held against: `compare.py`.
- The figures that scripts read: `figures.py`; what a run can be told by: `hashes.py`.
- No rule of trading lies here: they are the desk's own, called for all closes at once.
"""
