"""One adapter a file: how market data is read from the outside."""
