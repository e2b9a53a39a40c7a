"""Walk through the REST feed: page by page from where the last walk ended, within the budget of calls.

A page and the place after it are kept in one transaction. So a walk that ends half-way, by a refusal or a crash, goes on where it
was, and what comes twice is known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.errors import Broken, QuorumError, RetryLater
from functions.logs import get_logger
from functions.outgoing import Source, note_failure, note_success
from functions.settings import Settings
from functions.whales import store
from functions.whales.payloads import Page
from functions.whales.rules import WhaleRules
from functions.whales.sources.whale_alert import PAGE, REST, read_page
from functions.whales.store import Place

log = get_logger("whales")
POLL_SECONDS = 30.0  # after them no further page is asked for


@dataclass(slots=True)
class Polled:
    """What a walk came to."""

    new: int = 0
    pages: int = 0
    unreadable: int = 0
    error: str = ""


def poll(settings: Settings, engine: Engine, as_of: datetime, rules: WhaleRules) -> Polled:
    """Read what is new, and note how the source is; its error is in what comes back."""
    polled, until = Polled(), monotonic() + POLL_SECONDS
    source = Source(REST, settings.whale_alert_url, {"X-WA-API-KEY": settings.whale_alert_rest_key.get_secret_value()})
    while monotonic() < until:
        with engine.begin() as connection:
            if not store.take_call(connection, REST, settings.whale_alert_requests_per_minute, wall_now()):
                break
            place = store.place_of(connection, REST)
        start = _start(place, settings, as_of)
        try:
            page = read_page(source, start, place.cursor, int(settings.thresholds.lowest))
            last = _keep(page, place, start, settings, engine, as_of, polled, rules)
        except QuorumError as error:
            polled.error = error.detail
            _note_error(engine, error, place, as_of, rules)
            break
        if last:
            break
    if polled.unreadable:
        log.warning("transactions left out", source=REST, entries=polled.unreadable)
    return polled


def _start(place: Place, settings: Settings, as_of: datetime) -> datetime:
    """Return where to begin: no earlier than the plan goes back."""
    oldest = as_of - timedelta(hours=settings.whale_alert_history_hours) + timedelta(minutes=1)
    return max(place.start_at or oldest, oldest)


def _keep(
    page: Page,
    place: Place,
    start: datetime,
    settings: Settings,
    engine: Engine,
    as_of: datetime,
    polled: Polled,
    rules: WhaleRules,
) -> bool:
    """Keep a page and the place after it; tells whether it was the last one.

    Raises:
        Broken: it is full and ends where it began, so that the walk would never end.
    """
    full = page.entries >= PAGE
    if full and (page.cursor is None or page.cursor == place.cursor):
        raise Broken("source_unreadable", f"expected another cursor after a full page of {REST}, got {page.cursor!r} again")
    taken = [one for one in page.transactions if settings.thresholds.takes(one.coin, one.amount_usd)]
    newest = max((one.at for one in page.transactions), default=None)
    onward = min(max(start, newest - rules.overlap), as_of) if newest else start
    with engine.begin() as connection:
        polled.new += store.keep_transactions(connection, taken, REST, as_of)
        store.keep_place(connection, REST, Place(page.cursor or place.cursor, onward))
        note_success(connection, REST, wall_now(), max(as_of - newest, timedelta()) if newest else None)
    polled.pages += 1
    polled.unreadable += page.unreadable
    return not full


def _note_error(engine: Engine, error: QuorumError, place: Place, as_of: datetime, rules: WhaleRules) -> None:
    with engine.begin() as connection:
        note_failure(connection, REST, wall_now(), error.detail)
        if isinstance(error, RetryLater):
            store.wait_until(connection, REST, wall_now() + timedelta(seconds=error.retry_after))
        elif place.cursor:  # it may be the cursor that is refused: begin again a little before what is known
            start = min(place.start_at or as_of, as_of) - rules.overlap
            store.keep_place(connection, REST, Place(None, start))
    log.warning("whales are not read whole", source=REST, error=error.detail)
