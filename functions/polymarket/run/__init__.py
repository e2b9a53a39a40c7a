"""Reading the markets and keeping what they say."""
