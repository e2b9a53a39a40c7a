"""HTTP: pictures of markets and signals, for n8n to send."""

from datetime import datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from functions.delivery.inbox.values import read_zone
from functions.delivery.messages.chart import FEWEST_CANDLES, SHOWN, WARM_UP, History, Level, draw
from functions.delivery.messages.words import Language, Words
from functions.delivery.store import facts
from functions.edge import Config, Database, known_by, moment
from functions.errors import InputRejected, NotFound
from functions.market.candles.grid import CANDLE_FIELDS, Timeframe
from functions.market.store import candle_rows
from functions.moments import AsOf
from functions.technical.engine.steps import since_step

router = APIRouter(prefix="/charts", tags=["delivery"])
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "the picture"}}


@router.get("/{symbol}.png", response_class=Response, responses=_PNG)
def picture(
    symbol: Annotated[str, Path(pattern=r"^[A-Z0-9]{2,30}$")],
    settings: Config,
    database: Database,
    timeframe: Timeframe = Timeframe.H1,
    signal: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    language: Language = Language.EN,
    zone: Annotated[str, Query(max_length=64, description="IANA name: times are local there")] = "UTC",
    as_of: AsOf = None,
) -> Response:
    """Draw the closed candles of a pair, with the levels of one of its signals."""
    at, words = moment(as_of, settings), Words(language, _known(zone))
    with database.connect() as connection:
        history = _history(connection, symbol, timeframe, at, known_by(as_of, settings))
        found = facts.signal_by_id(connection, signal) if signal else None
    if signal and (found is None or found["symbol"] != symbol):
        raise NotFound("unknown_signal", f"there is no signal {signal} of {symbol}")
    since = datetime.fromisoformat(found["close_time"]) if found else None
    levels = _levels(found, words) if found else []
    return Response(draw(history, f"{symbol} · {timeframe}", levels, since, words), media_type="image/png")


def _known(zone: str) -> str:
    known = read_zone(zone)
    if known is None:
        raise InputRejected("unknown_zone", f"expected a time zone such as Europe/Moscow, got {zone!r}")
    return known


def _history(connection: Connection, symbol: str, timeframe: Timeframe, at: datetime, known_at: datetime | None) -> History:
    rows = candle_rows(connection, symbol, timeframe, at, SHOWN + WARM_UP, known_at)
    # What stood before a step that no market makes is another price: averages over it would be about nothing.
    rows = rows[since_step(*(np.array([row[name] for row in rows], dtype=np.float64) for name in ("open", "close"))) :]
    if len(rows) < FEWEST_CANDLES:
        raise NotFound("too_few_candles", f"expected {FEWEST_CANDLES} candles of {symbol} {timeframe} or more, got {len(rows)}")
    columns = [np.array([row[name] for row in rows]) for name in CANDLE_FIELDS]
    return History([row["open_time"] for row in rows], *columns)


def _levels(found: dict[str, Any], words: Words) -> list[Level]:
    targets = [Level(f"TP{number}", float(price), "target") for number, price in enumerate(found["targets"], 1)]
    entry = Level(words.say("Entry"), float(found["entry"]), "entry")
    return [entry, Level(words.say("Stop"), float(found["stop"]), "stop"), *targets]
