"""Large transactions of Whale Alert's REST interface, version 1: https://docs.whale-alert.io. Needs an old key."""

from datetime import datetime

from functions.outgoing import Source, get_json
from functions.whales.payloads import Page, page_of

REST, STREAM = "whale_alert", "whale_alert_stream"  # the names of both feeds
PAGE = 100  # entries at most


def read_page(source: Source, start: datetime, cursor: str | None, least_usd: int) -> Page:
    """Return the transactions since `start` that come after a cursor; one call, for each is counted.

    Raises:
        RetryLater: it does not answer, or wants fewer calls.
        Broken: it refuses the key or the question, or its answer cannot be read.
    """
    question = {"start": int(start.timestamp()), "min_value": least_usd, "limit": PAGE}
    return page_of(get_json(source, "/transactions", {**question, **({"cursor": cursor} if cursor else {})}, tries=1))
