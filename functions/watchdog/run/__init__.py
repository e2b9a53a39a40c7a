"""The rounds of the watchdog, and what it looks at in each."""
