"""The score: what all factors say together, and whether a setup becomes a signal. Pure; live and backtest call the same lines."""
