"""What the dashboard shows, as values: four panes, each a reading of the database at one moment.

- What a pane holds: `answers.py`; how it is read: `run/`, one module a pane; its own SQL: `store.py`.
- A pane as rows, for files and tables: `rows.py`; over HTTP: `api.py`.
- The terminal, `quorum show` and HTTP show the same values: they call the same function with the same moment.
"""
