"""Put a digest together from what the other capabilities have stored."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from functions.digest import store
from functions.digest.missing import Missing, MissingPart
from functions.digest.overview import overview, price_of
from functions.digest.payload import Digest, HeadlineLine, HeldBack, ListingLine, Screening, SignalLine, TopCoin, Unsent
from functions.digest.run import paper
from functions.factors.reading import MARKET
from functions.factors.store import newest_readings
from functions.market.store import read_tickers
from functions.market.universe import Ticker
from functions.screener.answers import PickAnswer, Top
from functions.screener.rules import SHOWN
from functions.screener.run import ranked_picks
from functions.screener.store import newest_run
from functions.sentiment.sources import dominance, fear_greed
from functions.sentiment.store import headlines
from functions.technical.setups.rules import VERSION

SIGNALS_SHOWN = 20
HEADLINES_SHOWN = 5


def compose(connection: Connection, gate_symbol: str, as_of: datetime, wall: datetime, day: date | None = None) -> Digest:
    """Return the digest of a moment.

    Args:
        connection: one snapshot of the database, so that the blocks fit each other.
        gate_symbol: whose price and trend stand for the market.
        as_of: market time.
        wall: wall time, for what concerns messages.
        day: the reader's day; the UTC day of `as_of` without it.
    """
    tickers = {ticker.symbol: ticker for ticker in read_tickers(connection, as_of)}
    states = store.daily_states(connection, as_of, VERSION)
    mood = {reading.source: reading for reading in newest_readings(connection, [MARKET], as_of)}
    market, gaps = overview(gate_symbol, tickers, states, mood.get(fear_greed.NAME), mood.get(dominance.NAME), as_of)
    news = _headlines(connection, as_of)
    screening, unscreened = _screening(connection, tickers, as_of)
    trades, untraded = paper.last_day(connection, as_of)
    signals = [_signal(row, as_of) for row in store.signals_since(connection, as_of)]
    held = [
        HeldBack(code=row.code, params=row.params, text=row.text, count=row.count, symbols=row.symbols)
        for row in store.held_back(connection, as_of)
    ]
    listings = [ListingLine.model_validate(row, from_attributes=True) for row in store.listings_since(connection, as_of)]
    return Digest(
        day=day or as_of.date(),
        as_of=as_of,
        market=market,
        screening=screening,
        paper=trades,
        signals=signals[:SIGNALS_SHOWN],
        signals_count=len(signals),
        held_back=held,
        unsent=Unsent.model_validate(store.unsent(connection, wall)),
        listings=listings,
        headlines=news,
        missing=[*gaps, *unscreened, *untraded, *([] if news else [Missing.of(MissingPart.NEWS_NONE)])],
    )


def _screening(connection: Connection, tickers: Mapping[str, Ticker], as_of: datetime) -> tuple[Screening | None, list[Missing]]:
    run = newest_run(connection, as_of)
    if run is None:
        return None, [Missing.of(MissingPart.SCREENER_NONE)]
    ranked = ranked_picks(connection, run, as_of)
    picks = [PickAnswer.of(pick) for pick in ranked[:SHOWN]]
    top = Top.of(run, len(ranked), picks, as_of)
    coins, missing = [], []
    for pick in picks:
        price, old = price_of(pick.symbol, tickers.get(pick.symbol), as_of)
        kept = pick.model_dump(include={"rank", "symbol", "score", "coverage", "direction", "reasons"})
        coins.append(TopCoin(**kept, price=price))
        missing += old
    if top.stale:
        missing.append(Missing.of(MissingPart.SCREENER_OLD, hours=round(top.age_seconds / 3600, 1)))
    if run.note:
        missing.append(Missing.of(MissingPart.SCREENER_INCOMPLETE, why=run.note))
    answer = top.model_dump(include={"as_of", "age_seconds", "stale", "considered", "ranked"})
    return Screening(**answer, coins=coins), missing


def _headlines(connection: Connection, as_of: datetime) -> list[HeadlineLine]:
    newest_headlines = headlines(connection, as_of, store.DAY, HEADLINES_SHOWN)
    return [
        HeadlineLine(
            title=headline.title,
            link=headline.link,
            feed=headline.feed,
            published_at=headline.published_at,
            age_seconds=(as_of - headline.published_at).total_seconds(),
        )
        for headline in newest_headlines
    ]


def _signal(row: store.SignalRow, as_of: datetime) -> SignalLine:
    return SignalLine(
        signal_id=row.signal_id,
        symbol=row.symbol,
        direction="LONG" if row.direction == "LONG" else "SHORT",
        timeframe=row.timeframe,
        confidence=row.confidence,
        entry=f"{row.entry:f}",
        created_at=row.created_at,
        age_seconds=(as_of - row.close_time).total_seconds(),
    )
