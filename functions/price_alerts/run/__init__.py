"""Set, list, remove and check price alerts."""
