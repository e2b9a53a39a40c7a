"""The market as a whole, from prices and daily states: pure, each number with its age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from functions.digest.missing import Missing, MissingPart
from functions.digest.payload import Breadth, Gate, LatestPrice, Overview, Reading
from functions.factors.reading import FactorReading
from functions.market.candles.freshness import Stale, freshness, ticker_freshness
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Ticker

STATES: Mapping[int, Literal["long", "short", "closed"]] = {1: "long", -1: "short", 0: "closed"}
TRENDS: Mapping[int, Literal["up", "down", "flat"]] = {1: "up", -1: "down", 0: "flat"}


@dataclass(frozen=True, slots=True)
class DailyState:
    """What the digest needs of a coin's newest daily state; `regime` +1, 0, -1, None when not known."""

    symbol: str
    close_time: datetime
    problem: int
    direction: int
    regime: int | None
    close: float
    ema50: float | None
    ema200: float | None


def overview(
    symbol: str,
    tickers: Mapping[str, Ticker],
    states: Sequence[DailyState],
    fear_greed: FactorReading | None,
    dominance: FactorReading | None,
    as_of: datetime,
) -> tuple[Overview, list[Missing]]:
    """Return the market overview, and what is missing or old in it.

    Args:
        symbol: the gate symbol.
        tickers: latest tickers by name.
        states: each coin's newest daily state.
        fear_greed: the newest number, if any.
        dominance: Bitcoin's newest share of all value, if any.
        as_of: the moment.
    """
    price, old = price_of(symbol, tickers.get(symbol), as_of)
    gate, unknown = gate_of(symbol, states, as_of)
    breadth, thin = breadth_of(states, as_of)
    fear, share = _reading(fear_greed, as_of), _reading(dominance, as_of)
    absent = [] if fear else [Missing.of(MissingPart.FEAR_GREED_NONE)]
    absent += [] if share else [Missing.of(MissingPart.DOMINANCE_NONE)]
    whole = Overview(symbol=symbol, price=price, gate=gate, breadth=breadth, fear_greed=fear, btc_dominance=share)
    return whole, [*old, *unknown, *thin, *absent]


def _reading(reading: FactorReading | None, as_of: datetime) -> Reading | None:
    """Return a source's own number; nothing when it is stale."""
    if reading is None or as_of >= reading.stale_at:
        return None
    age = (as_of - reading.as_of).total_seconds()
    evidence = reading.evidence
    return Reading(value=evidence["value"], label=evidence.get("label", ""), source=evidence["by"], age_seconds=age)


def price_of(symbol: str, ticker: Ticker | None, as_of: datetime) -> tuple[LatestPrice | None, list[Missing]]:
    """Return a symbol's latest price, and that it is old or absent if it is."""
    judged = ticker_freshness(symbol, ticker.exchange_time if ticker else None, as_of)
    if ticker is None:
        return None, [Missing.of(MissingPart.PRICE_NONE, symbol=symbol)]
    age = max((as_of - ticker.exchange_time).total_seconds(), 0.0)
    price = LatestPrice(
        price=f"{Decimal(repr(ticker.price)):f}", change_24h=ticker.change, age_seconds=age, stale=isinstance(judged, Stale)
    )
    return price, [Missing.of(MissingPart.PRICE_STALE, symbol=symbol, seconds=round(age, 1))] if isinstance(judged, Stale) else []


def gate_of(symbol: str, states: Sequence[DailyState], as_of: datetime) -> tuple[Gate, list[Missing]]:
    """Return what the gate allows; unknown when its state is absent, late or unsound, as for a signal."""
    state = next((daily for daily in states if daily.symbol == symbol), None)
    if state is None:
        return Gate(state="unknown", trend=None, close_time=None, age_seconds=None), [
            Missing.of(MissingPart.GATE_NONE, symbol=symbol)
        ]
    missing = []
    judged = freshness([symbol], [state.close_time], Timeframe.D1, as_of)[0]
    if isinstance(judged, Stale):
        missing.append(Missing.of(MissingPart.GATE_LATE, symbol=symbol, late=judged.late or 0))
    elif state.problem or state.regime is None:
        missing.append(Missing.of(MissingPart.GATE_UNUSABLE, symbol=symbol))
    gate = Gate(
        state="unknown" if missing else STATES[state.regime or 0],
        trend=TRENDS[state.direction],
        close_time=state.close_time,
        age_seconds=(as_of - state.close_time).total_seconds(),
    )
    return gate, missing


def breadth_of(states: Sequence[DailyState], as_of: datetime) -> tuple[Breadth | None, list[Missing]]:
    """Return how many coins stand above their averages; only sound states of the newest daily close count."""
    newest = Timeframe.D1.floor(as_of)
    timely = [state for state in states if state.close_time == newest and not state.problem and state.ema50 is not None]
    late = sum(state.close_time < newest for state in states)
    missing = [Missing.of(MissingPart.BREADTH_LATE, coins=late)] if late else []
    if not timely:
        return None, [*missing, Missing.of(MissingPart.BREADTH_NONE)]
    old = [state for state in timely if state.ema200 is not None]
    breadth = Breadth(
        coins=len(timely),
        above_ema50=_share([(state.close, state.ema50) for state in timely]),
        above_ema200=_share([(state.close, state.ema200) for state in old]) if old else None,
        known_ema200=len(old),
        late=late,
        age_seconds=(as_of - newest).total_seconds(),
    )
    return breadth, missing


def _share(pairs: Sequence[tuple[float, float | None]]) -> float:
    return round(sum(average is not None and close > average for close, average in pairs) / len(pairs), 4)
