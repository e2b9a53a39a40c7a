"""The work of dip orders: the placing of an evening, and what is shown of it."""
