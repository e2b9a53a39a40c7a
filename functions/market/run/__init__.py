"""What asks the exchange and writes: the universe, history, repair, retention."""
