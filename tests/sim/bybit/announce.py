"""Announcements: a new pair, in the form of the documented answer."""


def listing_announcement(coin: str, time_ms: int) -> dict[str, object]:
    """Return the announcement of a new listing."""
    return {
        "title": f"New Listing: {coin.title()} ({coin}) — Deposit, Trade and Stake {coin} to Share a 400,000 USDT Prize Pool!",
        "description": f"Bybit is excited to announce the listing of {coin} on our trading platform!",
        "type": {"title": "New Listings", "key": "new_crypto"},
        "tags": ["Spot", "Spot Listings"],
        "url": f"https://announcements.bybit.com/en-US/article/new-listing-{coin.lower()}-{time_ms}/",
        "dateTimestamp": time_ms,
        "startDateTimestamp": time_ms,
        "endDateTimestamp": time_ms,
    }
