"""Walk-forward search: which weights, thresholds and exits would have been chosen, and what they earned afterwards.

`grid.py` names what is tried, `windows.py` when it is chosen and when it is traded, `trials.py` runs one configuration over the
whole span, `choice.py` takes the best of each past. `store.py` keeps the trials, so that several processes share them and a
search that was cut off goes on. Only what was traded after a choice is in its figures.
"""
