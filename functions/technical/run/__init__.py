"""What reads and writes: the scan, and what is known about one coin."""
