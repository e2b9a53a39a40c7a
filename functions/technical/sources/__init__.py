"""Candles from outside the database."""
