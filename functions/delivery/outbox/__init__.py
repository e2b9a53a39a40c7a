"""What goes out next, and what a failure means."""
