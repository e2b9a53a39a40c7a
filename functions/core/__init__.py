"""The weekly allocation CORE, live: the shares of Bitcoin, other coins and cash, and the paper account that follows them.

- The shares: `functions.technical.core`, the same function as in a backtest. What is bought and sold for them: `rebalance.py`.
- One setting of the shares: `run/week.py`; what is shown: `run/show.py` and `answers.py`; SQL: `store.py`; HTTP: `api.py`.
"""
