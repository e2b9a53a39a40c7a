"""HTTP functions of dip orders."""

from fastapi import APIRouter
from pydantic import BaseModel

from functions.dips.answers import Dips, DipsPlaced
from functions.dips.run.place import place as place_evening
from functions.dips.run.place import show
from functions.edge import Config, Database, moment
from functions.moments import AsOf

router = APIRouter(prefix="/dips", tags=["dips"])


class PlaceRequest(BaseModel):
    """At which moment."""

    as_of: AsOf = None


@router.post("/place")
def place(settings: Config, database: Database, request: PlaceRequest | None = None) -> DipsPlaced:
    """Place the orders of the newest daily close once its candles are stored, and raise the message; harmless to repeat."""
    return place_evening(moment(request.as_of if request else None, settings), settings, database)


@router.get("")
def dips(settings: Config, database: Database, as_of: AsOf = None) -> Dips:
    """Show the dip orders that wait now, those that ended last, and on how many days any was filled."""
    with database.connect() as connection:
        return show(moment(as_of, settings), settings, connection)
