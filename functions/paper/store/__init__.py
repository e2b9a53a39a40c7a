"""The SQL of paper trading."""
