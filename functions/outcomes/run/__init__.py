"""One settlement of outcomes: what is due and known, measured and written."""
