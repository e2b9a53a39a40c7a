"""From the prices a trade has met to what it holds: what fills, when, and at which price."""
