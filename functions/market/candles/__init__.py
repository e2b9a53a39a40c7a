"""What a closed candle is, how old it may be, and what lacks."""
