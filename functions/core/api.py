"""HTTP functions of the weekly allocation."""

from fastapi import APIRouter
from pydantic import BaseModel

from functions.core.answers import Core, CoreSet
from functions.core.run.show import show
from functions.core.run.week import set_shares
from functions.edge import Config, Database, moment
from functions.moments import AsOf

router = APIRouter(prefix="/core", tags=["core"])


class SetRequest(BaseModel):
    """At which moment."""

    as_of: AsOf = None


@router.post("/set")
def set_week(settings: Config, database: Database, request: SetRequest | None = None) -> CoreSet:
    """Set the shares of the weekly allocation when they are due, and trade its account.

    They are due at Sunday's daily close and when the gate turns. It raises the message, and is harmless to repeat.
    """
    return set_shares(moment(request.as_of if request else None, settings), settings, database)


@router.get("")
def core(settings: Config, database: Database, as_of: AsOf = None) -> Core:
    """Show the shares of Bitcoin, other coins and cash, what changed last, and the account's drawdown so far."""
    with database.connect() as connection:
        return show(moment(as_of, settings), settings, connection)
