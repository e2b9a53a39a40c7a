"""What people feel and what is written: the market's mood as factor readings, and headlines."""
