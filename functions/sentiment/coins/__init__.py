"""Which coins a headline is about, and what it says of each."""
