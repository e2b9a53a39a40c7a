"""What chance alone shows: intervals of every figure, and what is left of the best of many tries.

A figure alone says nothing. `bootstrap.py` says how far it may lie from what it was measured as; `deflated.py`,
`overfitting.py` and `superior.py` what the best of many tries is worth; `verdict.py` puts them together.
"""
