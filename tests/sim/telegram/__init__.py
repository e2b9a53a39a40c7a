"""The simulated Telegram: the Bot API over HTTP, and the people who talk to the bot."""
