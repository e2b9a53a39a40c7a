"""One adapter for each source; each gives the same small row."""
