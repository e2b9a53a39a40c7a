"""A backtest as one HTML file that opens offline: `page.py` writes it, `contents.py` says what is in it."""
