"""HTTP functions of the screener."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import Engine

from functions.edge import Config, Database, moment
from functions.errors import NotFound
from functions.moments import AsOf
from functions.screener import store
from functions.screener.answers import LeftOut, PickAnswer, Screened, Top
from functions.screener.rules import SHOWN
from functions.screener.run import Occasion, key_of, ranked_picks, screen
from functions.screener.stored import ScreenerRun

router = APIRouter(prefix="/screener", tags=["screener"])
Count = Annotated[int, Query(ge=1, le=500)]


class RunRequest(BaseModel):
    """Which run: the day's, or one of this minute."""

    as_of: AsOf = None
    occasion: Occasion = Occasion.DAILY


@router.post("/run")
def run(settings: Config, database: Database, request: RunRequest | None = None) -> Screened:
    """Rank all USDT pairs; asked again for the same day (or minute, or `as_of`) it gives the same run."""
    request = request or RunRequest()
    at = moment(request.as_of, settings)
    screened, made = screen(settings, database, key_of(request.occasion, at, request.as_of), at)
    left_out = [LeftOut.of(code, symbols) for code, symbols in screened.left_out.items()]
    return Screened(made=made, top=_top(database, screened, SHOWN, at), left_out=left_out)


@router.get("/top")
def top(settings: Config, database: Database, n: Count = SHOWN, as_of: AsOf = None) -> Top:
    """Return the pairs of the newest run known at a moment, those of the highest score first, each with its reasons."""
    at = moment(as_of, settings)
    with database.connect() as connection:
        newest = store.newest_run(connection, at)
    if newest is None:
        raise NotFound("no_screener_run", "nothing was screened by then; POST /screener/run does it")
    return _top(database, newest, n, at)


def _top(engine: Engine, run: ScreenerRun, count: int, at: datetime) -> Top:
    with engine.connect() as connection:
        ranked = ranked_picks(connection, run, at)
    return Top.of(run, len(ranked), [PickAnswer.of(pick) for pick in ranked[:count]], at)
