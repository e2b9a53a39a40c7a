"""The dashboard in a browser of the same machine: one process a tab, behind a token of its own.

- Who may see it: `guard.py`; the tabs and their processes: `tabs.py`; the page and the server: `server.py`, `page.html`.
"""
