"""Which closes wait for their scan, and how far each timeframe is scanned."""
