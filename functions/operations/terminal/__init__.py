"""What a terminal shows while the desk starts and runs."""
