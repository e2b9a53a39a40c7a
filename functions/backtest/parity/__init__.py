"""Parity: does the backtest trade as the desk did? Each night the desk's window is run again and compared trade by trade.

- What is compared: `trades.py`; what differs: `compare.py`; why: `causes.py`.
- The desk's window run again by the rules of a moment: `again.py`.
- One night from start to end: `run.py`; its SQL: `store.py`; what is answered: `answers.py`.
"""
