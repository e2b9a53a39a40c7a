"""The work of the weekly allocation: setting the shares, trading the account, and what is shown of it."""
