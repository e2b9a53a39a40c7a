"""Read an account and compute what it did, at a moment."""
