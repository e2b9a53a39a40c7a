"""How the collector is and what it knows of the exchange, for people and for the functions."""
