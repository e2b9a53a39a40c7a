"""What the watchdog calls outside: the Bot API, and the check of somebody who watches it."""
