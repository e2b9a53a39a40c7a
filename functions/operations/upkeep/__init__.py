"""What a desk needs over a year: upgrades, a start with the machine, and an end that leaves nothing behind."""
