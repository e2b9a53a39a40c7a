"""Asking the sources of the chain."""
