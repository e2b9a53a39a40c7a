"""One read of the prediction markets: keep it, tell moves and resolutions, hand on the mood."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.errors import QuorumError, RetryLater
from functions.factors.reading import MARKET, FactorReading
from functions.factors.store import write_readings
from functions.logs import get_logger
from functions.market.store import trading_symbols
from functions.outbox import raise_alert
from functions.outgoing import Source, note_failure, note_success
from functions.polymarket import store
from functions.polymarket.followed import Followed, choose
from functions.polymarket.gamma import Market
from functions.polymarket.mood import Shift, moods
from functions.polymarket.moves import Move, Seen, move_of
from functions.polymarket.probability import odds_of
from functions.polymarket.rules import OddsRules
from functions.polymarket.sources import clob, gamma
from functions.settings import Settings

log = get_logger("polymarket")
LIFE = timedelta(hours=12)  # of an alert
MOST_ASKED = 20  # markets that are no longer listed and asked for one by one in one read
ASKING_SECONDS = 45.0  # after them no further question is begun: n8n gives the call up after 100
MARGIN = timedelta(hours=3)  # of history before the window: whether its first read has neighbours
MOVED, RESOLVED = "odds_moved", "odds_resolved"


@dataclass(slots=True)
class Outcome:
    """What one read came to."""

    markets: int = 0
    reads: int = 0
    moves: int = 0
    resolved: int = 0
    unreadable: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the sources said, before it is written."""

    followed: Sequence[Followed]
    reads: Sequence[store.Read]
    ended: Mapping[str, Market]
    asked: Sequence[str]


def refresh(settings: Settings, engine: Engine, as_of: datetime, rules: OddsRules | None = None) -> Outcome:
    """Read the markets once; a second read of the same moment tells and keeps nothing twice."""
    rules, outcome, until = rules or OddsRules(), Outcome(), monotonic() + ASKING_SECONDS
    gathered = _gather(Source(gamma.NAME, settings.polymarket_gamma_url), engine, as_of, rules, outcome, until)
    traded = _traded(Source(clob.NAME, settings.polymarket_clob_url), engine, gathered, rules, as_of, outcome, until)
    with engine.begin() as connection:
        store.lock(connection)
        store.write_markets(connection, gathered.followed, as_of)
        store.note_asked(connection, gathered.asked, as_of)
        outcome.markets, outcome.reads = len(gathered.followed), store.write_reads(connection, gathered.reads)
        _resolve(connection, gathered, as_of, outcome)
        _tell_moves(connection, gathered, traded, rules, as_of, outcome)
        if gathered.reads:
            write_readings(connection, mood_readings(connection, as_of, rules), seen_at=as_of)
        for source in sorted(outcome.answered):
            note_success(connection, source, wall_now(), timedelta())
        for source, error in outcome.errors.items():
            note_failure(connection, source, wall_now(), error)
    if outcome.errors:
        log.warning("the markets were not read whole", errors=outcome.errors)
    return outcome


def mood_readings(connection: Connection, as_of: datetime, rules: OddsRules) -> list[FactorReading]:
    """Return the mood of every pair that trades and of the market, from the reads of the last hours."""
    pairs = trading_symbols(connection) | {MARKET}
    shifts = []
    for row in store.standing(connection, as_of, rules.mood_window):
        change = row["day_change"] if row["day_before"] is None else (row["probability"] or row["raw"]) - row["day_before"]
        if change is not None and not row["settling"] and row["winner"] is None:
            symbol = row["symbol"] if row["symbol"] in pairs else MARKET
            shifts.append(Shift(symbol, row["lean"], change, row["volume_24h"]))
    return moods(shifts, as_of, rules)


def _gather(source: Source, engine: Engine, as_of: datetime, rules: OddsRules, outcome: Outcome, until: float) -> _Gathered:
    """Ask gamma for what is listed, and for what is followed and no longer listed."""
    walk = gamma.walk_events(source, rules, as_of)
    outcome.unreadable = walk.unreadable
    if walk.error:
        outcome.errors[gamma.NAME] = walk.error
    if walk.events:
        outcome.answered.add(gamma.NAME)
    with engine.connect() as connection:
        known = store.open_markets(connection)
    followed = choose(walk.events, {one.id for one in known}, rules, as_of)
    odds = odds_of(walk.events, rules)
    reads = [store.Read.of(one, odds[one.market.id], as_of) for one in followed if one.market.id in odds]
    ended = {one.market.id: one.market for one in followed if one.market.closed}
    listed = {one.market.id for one in followed}
    missing = [] if walk.error else [one for one in known if one.id not in listed]  # after half a walk nothing is missing
    asked = _ask_missing(source, missing[:MOST_ASKED], ended, outcome, until)
    return _Gathered(followed, reads, ended, asked)


def _ask_missing(
    source: Source, missing: Sequence[store.OpenMarket], ended: dict[str, Market], outcome: Outcome, until: float
) -> list[str]:
    """Ask for markets one by one and put those that are closed into `ended`; returns which had their turn."""
    asked = []
    for one in missing:
        if monotonic() > until:
            break
        asked.append(one.id)
        try:
            market = gamma.read_market(source, one.id, one.event_id)
        except QuorumError as error:
            outcome.errors[gamma.NAME] = error.detail
            if isinstance(error, RetryLater):
                break
            continue
        if market.closed:
            ended[market.id] = market
    return asked


def _traded(
    source: Source, engine: Engine, gathered: _Gathered, rules: OddsRules, as_of: datetime, outcome: Outcome, until: float
) -> frozenset[str]:
    """Return the markets whose move shows in this read for the first time and is confirmed by trades."""
    with engine.connect() as connection:
        moves = _moves(connection, gathered, rules, as_of)
        before = store.volumes_before(connection, [*moves], as_of)
    followed = {one.market.id: one for one in gathered.followed}
    volumes = {read.market_id: read.volume for read in gathered.reads}
    confirmed: set[str] = set()
    for name, move in moves.items():
        one, traded = followed[name], volumes[name] - before.get(name, volumes[name])
        settled = move.stands or traded < rules.least_traded or not one.market.token or one.event.exclusive
        if settled or monotonic() > until:
            continue
        try:
            book = clob.read_book(source, one.market.token)
        except QuorumError as error:
            outcome.errors[clob.NAME] = error.detail
            break
        outcome.answered.add(clob.NAME)
        level = move.before + (rules.move if move.up else -rules.move)
        if book.reaches(level, up=move.up):
            confirmed.add(name)
    return frozenset(confirmed)


def _moves(connection: Connection, gathered: _Gathered, rules: OddsRules, as_of: datetime) -> dict[str, Move]:
    """Return the move that the newest read of each market shows, whether or not that read is written yet."""
    names = [read.market_id for read in gathered.reads]
    told = store.told_moves(connection, names, as_of)
    history = store.histories(connection, names, as_of - rules.window - MARGIN, as_of)
    found = {}
    for read in gathered.reads:
        newest = Seen(read.at, read.probability, read.settling)
        earlier = [seen for seen in history.get(read.market_id, []) if seen.at < as_of]
        if move := move_of([*earlier, newest], told.get(read.market_id), rules):
            found[read.market_id] = move
    return found


def _tell_moves(
    connection: Connection,
    gathered: _Gathered,
    traded: frozenset[str],
    rules: OddsRules,
    as_of: datetime,
    outcome: Outcome,
) -> None:
    followed = {one.market.id: one for one in gathered.followed}
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, move in _moves(connection, gathered, rules, as_of).items():
        one = followed[name]
        if not (move.stands or name in traded):
            continue
        detail = {
            "question": one.market.question,
            "outcome": one.market.outcome,
            "symbol": one.subject.symbol,
            "before": move.before,
            "after": move.after,
            "since": move.since.isoformat(),
            "confirmed_by": "reads" if move.stands else "trades",
        }
        if store.note_change(connection, name, store.MOVE, as_of, detail):
            told[one.event.id].append(detail)
            outcome.moves += 1
    events = {one.event.id: {"title": one.event.title, "slug": one.event.slug} for one in gathered.followed}
    _tell(connection, MOVED, told, events, as_of)


def _resolve(connection: Connection, gathered: _Gathered, as_of: datetime, outcome: Outcome) -> None:
    """Keep and tell how markets ended; one that is closed without an outcome waits for it."""
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, market in gathered.ended.items():
        if market.winner and store.resolve(connection, name, market.winner, as_of):
            detail = {"question": market.question, "winner": market.winner}
            store.note_change(connection, name, store.RESOLUTION, as_of, detail)
            told[market.event_id].append(detail)
            outcome.resolved += 1
    _tell(connection, RESOLVED, told, store.events(connection, [*told]), as_of)


def _tell(
    connection: Connection,
    kind: str,
    told: Mapping[str, Sequence[Mapping[str, Any]]],
    events: Mapping[str, Mapping[str, Any]],
    as_of: datetime,
) -> None:
    """Raise one alert an event: what moves one of its markets moves several."""
    now = wall_now()
    for event_id, markets in told.items():
        event = events[event_id]
        pairs = sorted(_pairs(markets))
        payload = {
            "event": event["title"],
            "slug": event["slug"],
            "at": as_of.isoformat(),
            "markets": [dict(market) for market in markets],
            **({"symbol": pairs[0]} if len(pairs) == 1 else {}),
        }
        key = f"{kind}:{event_id}:{as_of.isoformat()}"
        raise_alert(connection, key=key, kind=kind, payload=payload, created_at=now, expires_at=now + LIFE)


def _pairs(markets: Iterable[Mapping[str, Any]]) -> set[str]:
    return {market["symbol"] for market in markets if market.get("symbol", MARKET) != MARKET}
