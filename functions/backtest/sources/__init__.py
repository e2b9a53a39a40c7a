"""Where a backtest's history comes from: a folder of files, or the database."""
