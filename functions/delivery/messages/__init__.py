"""What a message says, and the pictures beside it."""
