"""Outcomes on a real database."""
