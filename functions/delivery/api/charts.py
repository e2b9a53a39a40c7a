"""HTTP: pictures of markets and signals, for n8n to send."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from functions.backtest.store import run_document
from functions.delivery.inbox.values import read_zone
from functions.delivery.messages.chart import FEWEST_CANDLES, SHOWN, WARM_UP, ChartCandles, ChartLevel, draw
from functions.delivery.messages.equity_picture import EquityLine, draw_equity
from functions.delivery.messages.message import plain
from functions.delivery.messages.texts.backtest import line_name
from functions.delivery.messages.texts.paper.accounts import account_name
from functions.delivery.messages.words import Language, Words
from functions.delivery.store import facts
from functions.edge import Config, Database, known_by, moment
from functions.errors import InputRejected, NotFound
from functions.market.candles.grid import CANDLE_FIELDS
from functions.market.candles.timeframe import Timeframe
from functions.market.store import candle_rows
from functions.moments import AsOf
from functions.pairs import Symbol
from functions.paper.accounts import ACCOUNTS
from functions.paper.report import EquityCurves
from functions.paper.run.report import read_curves
from functions.technical.engine.steps import since_step

router = APIRouter(prefix="/charts", tags=["delivery"])
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "the picture"}}


@router.get("/equity.png", response_class=Response, responses=_PNG)
def equity(
    settings: Config,
    database: Database,
    days: Annotated[int, Query(ge=1, le=400)] = 28,
    language: Language = Language.EN,
    zone: Annotated[str, Query(max_length=64, description="IANA name: days are local there")] = "UTC",
    as_of: AsOf = None,
) -> Response:
    """Draw what each account did in the last days, beside Bitcoin held."""
    at, words = moment(as_of, settings), Words(language, _checked_zone(zone))
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        curves = read_curves(connection, at, at - timedelta(days=days), settings.gate_symbol)
    lines = _equity_lines(curves, words)
    if not lines:
        raise NotFound("no_equity", "no account has traded for a day yet")
    return Response(draw_equity(lines, words), media_type="image/png")


@router.get("/backtests/{number}.png", response_class=Response, responses=_PNG)
def backtest(
    number: Annotated[int, Path(ge=1, le=2**62)],
    database: Database,
    language: Language = Language.EN,
    zone: Annotated[str, Query(max_length=64, description="IANA name: days are local there")] = "UTC",
) -> Response:
    """Draw the equity of a stored backtest beside its shadows and benchmarks."""
    words = Words(language, _checked_zone(zone))
    with database.connect() as connection:
        document = run_document(connection, number)
    if document is None:
        raise NotFound("unknown_backtest", f"there is no backtest {number} that is done")
    return Response(draw_equity(_backtest_lines(document, words), words), media_type="image/png")


@router.get("/{symbol}.png", response_class=Response, responses=_PNG)
def picture(
    symbol: Symbol,
    settings: Config,
    database: Database,
    timeframe: Timeframe = Timeframe.H1,
    signal: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    language: Language = Language.EN,
    zone: Annotated[str, Query(max_length=64, description="IANA name: times are local there")] = "UTC",
    as_of: AsOf = None,
) -> Response:
    """Draw the closed candles of a pair, with the levels of one of its signals."""
    at, words = moment(as_of, settings), Words(language, _checked_zone(zone))
    with database.connect() as connection:
        history = _history(connection, symbol, timeframe, at, known_by(as_of, settings))
        signal_row = facts.signal_by_id(connection, signal) if signal else None
    if signal and (signal_row is None or signal_row["symbol"] != symbol):
        raise NotFound("unknown_signal", f"there is no signal {signal} of {symbol}")
    since = datetime.fromisoformat(signal_row["close_time"]) if signal_row else None
    levels = _levels(signal_row, words) if signal_row else []
    return Response(draw(history, f"{symbol} · {timeframe}", levels, since, words), media_type="image/png")


def _equity_lines(curves: EquityCurves, words: Words) -> list[EquityLine]:
    """Return the accounts whose curve has two moments in the span, the desk first, and Bitcoin's price."""
    lines = [
        EquityLine(
            name=plain(account_name(curve.name, words)),
            at=[point.at for point in curve.points],
            worth=[float(point.equity) for point in curve.points],
        )
        for curve in sorted(curves.accounts, key=lambda curve: curve.shadow)
    ]
    prices = [float(point.price) for point in curves.prices]
    lines.append(EquityLine(curves.symbol, [point.at for point in curves.prices], prices))
    shown = [line for line in lines if len(line.at) > 1]
    return shown if shown and shown[0].name != curves.symbol else []


def _backtest_lines(document: Mapping[str, Any], words: Words) -> list[EquityLine]:
    """Return the desk of a backtest, its shadows, and its benchmarks."""
    days = [datetime.fromisoformat(day) for day in document["days"]]
    first, *others = document["accounts"]
    named = {account.name for account in ACCOUNTS}  # of several random accounts the first one
    curves = {one["name"]: one["equity"] for one in (first, *(other for other in others if other["name"] in named))}
    curves |= {benchmark["name"]: benchmark["worth"] for benchmark in document["benchmarks"]}
    return [EquityLine(plain(line_name(name, words)), days, [float(worth) for worth in curve]) for name, curve in curves.items()]


def _checked_zone(zone: str) -> str:
    zone_name = read_zone(zone)
    if zone_name is None:
        raise InputRejected("unknown_zone", f"expected a time zone such as Europe/Moscow, got {zone!r}")
    return zone_name


def _history(connection: Connection, symbol: str, timeframe: Timeframe, at: datetime, known_at: datetime | None) -> ChartCandles:
    rows = candle_rows(connection, symbol, timeframe, at, SHOWN + WARM_UP, known_at)
    # What stood before a step that no market makes is another price: averages over it would be about nothing.
    rows = rows[since_step(*(np.array([row[name] for row in rows], dtype=np.float64) for name in ("open", "close"))) :]
    if len(rows) < FEWEST_CANDLES:
        raise NotFound("too_few_candles", f"expected {FEWEST_CANDLES} candles of {symbol} {timeframe} or more, got {len(rows)}")
    columns = {name: np.array([row[name] for row in rows]) for name in CANDLE_FIELDS}
    return ChartCandles(open_time=[row["open_time"] for row in rows], **columns)


def _levels(signal_row: dict[str, Any], words: Words) -> list[ChartLevel]:
    targets = [ChartLevel(f"TP{number}", float(price), "target") for number, price in enumerate(signal_row["targets"], 1)]
    entry = ChartLevel(words.say("Entry"), float(signal_row["entry"]), "entry")
    return [entry, ChartLevel(words.say("Stop"), float(signal_row["stop"]), "stop"), *targets]
