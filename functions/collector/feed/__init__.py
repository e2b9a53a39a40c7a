"""The stream without its network: frames, topics, liveness, and when a close is complete; pure."""
