"""What a chat wrote or pressed."""
