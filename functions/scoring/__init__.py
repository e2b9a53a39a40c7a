"""The score: what all factors say together, and whether a setup becomes a signal.

- A weight, a threshold: `rules.py`; what a factor says: `factor_grids.py`; the score itself: `combine.py`.
- A check that a setup must pass: `filters.py`; its words: `reasons.py`; all checks of some setups: `judge.py`.
- What an alert of a signal carries: `document.py`; one scoring from what waits to the alert: `run/score.py`.
- Live and backtest call the same pure lines.
"""
