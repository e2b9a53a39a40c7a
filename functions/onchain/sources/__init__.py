"""One adapter for each source; each gives flows and a reading of them."""
