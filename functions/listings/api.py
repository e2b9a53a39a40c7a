"""HTTP functions of the listing watch."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from functions.edge import Config, Database, moment
from functions.listings import store
from functions.listings.answers import Checked, ListingRow
from functions.listings.run.check import check as look
from functions.moments import AsOf

router = APIRouter(prefix="/listings", tags=["listings"])


@router.post("/check")
def check(settings: Config, database: Database) -> Checked:
    """Ask the exchange for its pairs and tell of each one that came or went; the moment is the exchange's own."""
    return look(settings, database)


@router.get("")
def listings(
    settings: Config, database: Database, as_of: AsOf = None, n: Annotated[int, Query(ge=1, le=500)] = 20
) -> list[ListingRow]:
    """List the newest listings and delistings, newest first."""
    with database.connect() as connection:
        events = store.newest(connection, moment(as_of, settings), n)
    return [ListingRow.model_validate(asdict(event)) for event in events]
