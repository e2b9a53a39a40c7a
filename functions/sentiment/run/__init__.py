"""Asking the sources of mood."""
