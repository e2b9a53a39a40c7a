"""The evening of dip orders: which are placed after the daily close, or why none is, and what was placed before.

- What a dip order is: `functions.technical.dips`. How it fills: `functions.paper.run.resting`. Its account: `dips`.
- One evening: `run/place.py`; what is shown: `answers.py`; HTTP: `api.py`.
"""
