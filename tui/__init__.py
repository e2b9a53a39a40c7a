"""The read-only terminal dashboard."""
