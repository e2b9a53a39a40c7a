"""How an account did: its figures, how sure they are, and how far it is from what the plan asks for.

- What each figure means, with its formula: `metrics/definitions.py`. The figures of a daily curve: `metrics/equity.py`; of
  closed trades: `metrics/trades.py`.
- What chance alone shows: `statistics/`.
"""
