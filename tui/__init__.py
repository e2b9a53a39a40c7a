"""The read-only terminal dashboard.

- What a cell says: `words.py`; the rows of each table: `tables/`. Neither knows the terminal library.
- The screens: `screens/`, one a pane; what they are made of: `widgets/`; keys, clock and errors: `app.py`.
- The numbers come from `functions.panes`, which HTTP and `quorum show` answer with, too.
"""
