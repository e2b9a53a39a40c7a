"""The weekly allocation CORE: how much of Bitcoin, of the largest other coins and of cash, and why."""
