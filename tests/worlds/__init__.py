"""Protocols in worlds of virtual time: processes die, answers are lost, clocks jump; a seed makes a world again.

`python -m tests.worlds` (`make worlds`) runs many seeds. What decides is the product's own pure code; the tables and processes
around it stand in memory here. Each protocol's `SAFEGUARDS` name what keeps it whole: each, taken away, is missed by a seed.
"""
