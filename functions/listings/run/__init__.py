"""One look at the exchange's pairs."""
