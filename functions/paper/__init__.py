"""Paper trading: trades at real prices with invented money, booked in a double-entry ledger and settled from every price seen.

- When a stop or a target is met: `settling/settlement.py`; where the stop lies then: `settling/position.py`.
- Whether an order is allowed, and how large it is: `orders.py`. What a fill books: `ledger.py`.
- How far away a signal puts its stop is decided by the technical engine, not here.
"""
