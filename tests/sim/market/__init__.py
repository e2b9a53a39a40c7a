"""The simulated market: what every candle is at every moment, as a pure function of the seed."""
