"""Look at the exchange's pairs: store them, note which came and went, and raise the alerts in the same transaction."""

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.errors import QuorumError
from functions.listings import store
from functions.listings.answers import Checked, ListingAlert
from functions.listings.sources.announcements import Announcement, about, ask_announcements
from functions.listings.watch import Change, Event, changes, is_news, may_wait
from functions.logs import get_logger
from functions.market.run.jobs import refresh_universe
from functions.outbox import raise_alert
from functions.settings import Settings

log = get_logger("listings")
LIFE = timedelta(hours=12)
KINDS = {Event.LISTED: "listing", Event.DELISTED: "delisting"}
ANNOUNCED_AS = {Event.LISTED: "new_crypto", Event.DELISTED: "delistings"}


def check(settings: Settings, engine: Engine) -> Checked:
    """Look once; a second look, also at the same time, tells nothing twice.

    Whoever else keeps the universe may have seen a new pair first: what is told depends on what is noted, not on who saw it.

    Raises:
        RetryLater: the exchange does not list its pairs.
    """
    with engine.connect() as connection:
        previous_look = store.last_look(connection)
    taken = asyncio.run(refresh_universe(settings, engine))
    answer = Checked(as_of=taken.taken_at, pairs=len(taken.ranked), noted=[], waiting=[], note=None)
    with engine.connect() as connection:
        open_changes = changes(store.known_pairs(connection), taken.taken_at)
    announced: dict[Event, list[Announcement]] = {}
    for event in sorted({change.event for change in open_changes}):
        announced[event], answer.note = _announcements(settings, event, answer.note)
    if open_changes:
        with engine.begin() as connection:
            store.lock(connection)
            open_changes = changes(store.known_pairs(connection), taken.taken_at)
            _note(connection, open_changes, previous_look, announced, answer)
    return answer


def _announcements(settings: Settings, event: Event, note: str | None) -> tuple[list[Announcement], str | None]:
    try:
        return ask_announcements(settings.bybit_rest_url, ANNOUNCED_AS[event]), note
    except QuorumError as error:
        log.warning("no announcements", error=error.detail)
        return [], f"the exchange's announcements did not come ({error.code})"


def _note(
    connection: Connection,
    open_changes: list[Change],
    previous_look: datetime | None,
    announced: dict[Event, list[Announcement]],
    answer: Checked,
) -> None:
    pairs = store.pairs(connection, [change.symbol for change in open_changes])
    for change in open_changes:
        pair = pairs[change.symbol]
        if may_wait(change, priced=pair.price is not None, as_of=answer.as_of):
            answer.waiting.append(change.symbol)
            continue
        looks = (
            look for look in (previous_look, store.look_before(connection, change.at)) if look is not None and look < change.at
        )
        seen_after = max(looks, default=None)
        announcement = about(pair.base, announced.get(change.event, []))
        row = store.row_of(change, pair, seen_after, asdict(announcement) if announcement else None, answer.as_of)
        if store.note(connection, row):
            alert = ListingAlert.of(row, pair)
            answer.noted.append(alert)
            if is_news(change, seen_after, answer.as_of):
                _tell(connection, change, alert.model_dump(mode="json"))


def _tell(connection: Connection, change: Change, payload: dict[str, Any]) -> None:
    now = wall_now()
    kind = KINDS[change.event]
    key = f"{kind}:{change.symbol}:{change.at.isoformat()}"
    raise_alert(connection, key=key, kind=kind, payload=payload, created_at=now, expires_at=now + LIFE)
