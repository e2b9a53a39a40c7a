"""Putting a digest together from what the other capabilities have stored."""
