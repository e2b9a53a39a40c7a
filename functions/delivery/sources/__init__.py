"""What delivery asks of the outside: Telegram, about the bot itself."""
