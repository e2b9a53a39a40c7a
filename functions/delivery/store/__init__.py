"""The SQL of delivery: the outbox, the chats, and what answers to commands are made from."""
