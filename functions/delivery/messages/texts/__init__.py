"""What each kind of message says: pure functions from plain values to Telegram's HTML."""
