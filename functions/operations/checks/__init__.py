"""What must hold before a start, and what is wrong with a desk that runs."""
