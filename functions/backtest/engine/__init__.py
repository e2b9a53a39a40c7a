"""From candles and readings to what an account did with them: setups, signals, orders, fills."""
