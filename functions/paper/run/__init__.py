"""What acts on the account in a transaction: the desk, its trades, their alerts."""
