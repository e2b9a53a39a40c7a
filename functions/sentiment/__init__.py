"""What people feel and what is written: the market's mood as factor readings, and headlines.

- A source of mood: one adapter in `sources/`, named in `run/mood.py`.
- What becomes of a feed's entries: `news.py`.
"""
