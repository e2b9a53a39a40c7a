"""What the exchange announces."""
