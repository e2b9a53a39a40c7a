"""Reading large transactions, and keeping what follows from them."""
