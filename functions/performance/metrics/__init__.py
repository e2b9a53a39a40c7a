"""The figures of an account: of its equity at the end of each UTC day, and of its closed trades."""
