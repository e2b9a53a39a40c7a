"""Mutants of the pure core: each is the product with one small fault, and a test that is worth having fails for it."""
