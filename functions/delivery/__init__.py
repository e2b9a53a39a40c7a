"""Delivery: the outbox, and what a message says."""
