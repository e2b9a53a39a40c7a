"""Where large transactions come from."""
