"""What the stream says: frames, topics, life, and when a close is complete; pure."""
