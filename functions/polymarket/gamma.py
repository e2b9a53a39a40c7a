"""What gamma's answers hold: lists inside of texts, numbers as texts, fields that are absent, outcomes in any order."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from functions.errors import Broken
from functions.strangers import Whole, clean

TEXT_LIMIT = 300
CRYPTO = "crypto"  # slug of the tag
_CERTAIN = 0.99  # of a closed market's price: that outcome came true
_SUM_TOLERANCE = 0.03  # prices of all outcomes together are 1 within it


@dataclass(frozen=True, slots=True)
class Market:
    """One question, seen from the side of the outcome that is followed: Yes, Up, or the first of others.

    Args:
        id: gamma's.
        event_id: of the event it belongs to.
        question: cleaned text of strangers.
        slug: of its address.
        outcome: whose probability is meant.
        token: the CLOB's name for that outcome; empty when it is not given.
        token_first: whether that outcome is the first one, whose book gamma quotes.
        starts_at, ends_at: None when not given. It may be past and the market open.
        closed: trading is over.
        settling: its resolution is proposed or disputed.
        winner: the outcome that came true, `neither` when none did; empty while it is not known.
        bid, ask, last_trade, price: of the followed outcome, 0..1; None when absent or impossible.
        volume, volume_24h, liquidity: USD.
        day_change: of the probability in 24 h, as gamma says it.
    """

    id: str
    event_id: str
    question: str
    slug: str
    outcome: str
    token: str
    token_first: bool
    starts_at: datetime | None
    ends_at: datetime | None
    closed: bool
    settling: bool
    winner: str
    bid: float | None
    ask: float | None
    last_trade: float | None
    price: float | None
    volume: float
    volume_24h: float
    liquidity: float
    day_change: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """A group of markets under one title; `exclusive` when exactly one of their first outcomes comes true."""

    id: str
    slug: str
    title: str
    exclusive: bool
    crypto: bool
    markets: tuple[Market, ...]


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of events, the cursor of the next one (empty on the last), and how many entries could not be read."""

    events: tuple[Event, ...]
    next_cursor: str
    unreadable: int


def page_of(answer: Any) -> EventPage:
    """Read a page of `/events/keyset`.

    Raises:
        Broken: it is no page, or nothing on it can be read.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("events"), list):
        raise Broken("source_unreadable", f"expected a page of events, got {str(answer)[:80]!r}")
    rows, cursor = answer["events"], answer.get("next_cursor")
    events = [event for row in rows if (event := _event(row))]
    readable = sum(len(event.markets) for event in events)
    listed = sum(len(_list(row, "markets")) for row in rows)
    if (rows and not events) or (listed and not readable):
        raise Broken("source_unreadable", f"expected events with markets, none of {len(rows)} can be read")
    onward = cursor if isinstance(cursor, str) and cursor.isprintable() else ""
    return EventPage(tuple(events), onward, len(rows) - len(events) + listed - readable)


def market_of(answer: Any, event_id: str) -> Market:
    """Read one market of `/markets/{id}`.

    Raises:
        Broken: it cannot be read.
    """
    market = _market(answer, event_id)
    if market is None:
        raise Broken("source_unreadable", f"expected a market, got {str(answer)[:80]!r}")
    return market


def _list(row: object, name: str) -> list[Any]:
    found = row.get(name) if isinstance(row, Mapping) else None
    return found if isinstance(found, list) else []


def _unpacked(value: object) -> object:
    """Return the list in a text; an empty one for what is absent or none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    """Return a finite number of a number or a text; None for everything else."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


_Packed = Annotated[list[Any], BeforeValidator(_unpacked)]
_Amount = Annotated[float | None, BeforeValidator(_number)]
_At = Annotated[datetime | None, BeforeValidator(_moment)]
_Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]

_NAME = re.compile(r"[\x21-\x7e]{1,100}")
_Name = Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]
_Whole = Annotated[str, BeforeValidator(Whole(200))]


class _Row(BaseModel):
    """A market as gamma writes it."""

    model_config = ConfigDict(extra="ignore")

    id: _Name
    question: Annotated[str, Field(min_length=1)]
    slug: _Whole = ""
    outcomes: _Packed
    outcome_prices: _Packed = Field(default=[], alias="outcomePrices")
    tokens: _Packed = Field(default=[], alias="clobTokenIds")
    uma: _Packed = Field(default=[], alias="umaResolutionStatuses")
    starts_at: _At = Field(default=None, alias="startDate")
    ends_at: _At = Field(default=None, alias="endDate")
    closed: _Flag = False
    bid: _Amount = Field(default=None, alias="bestBid")
    ask: _Amount = Field(default=None, alias="bestAsk")
    last_trade: _Amount = Field(default=None, alias="lastTradePrice")
    volume: _Amount = None
    volume_number: _Amount = Field(default=None, alias="volumeNum")
    volume_24h: _Amount = Field(default=None, alias="volume24hr")
    liquidity: _Amount = None
    day_change: _Amount = Field(default=None, alias="oneDayPriceChange")

    @field_validator("outcomes")
    @classmethod
    def _two_names(cls, value: list[Any]) -> list[str]:
        if len(value) < 2 or not all(isinstance(name, str) and name for name in value):
            raise ValueError("expected the names of two or more outcomes")
        return value


def _event(row: object) -> Event | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str | int) or not isinstance(row.get("title"), str):
        return None
    event_id = str(row["id"])
    if not _NAME.fullmatch(event_id):
        return None
    markets = [market for one in _list(row, "markets") if (market := _market(one, event_id))]
    tags = [tag.get("slug") for tag in _list(row, "tags") if isinstance(tag, Mapping)]
    return Event(
        id=event_id,
        slug=Whole(200)(row.get("slug")),
        title=clean(row["title"], TEXT_LIMIT),
        exclusive=row.get("negRisk") is True,
        crypto=CRYPTO in tags,
        markets=tuple(markets),
    )


def _market(raw: object, event_id: str) -> Market | None:
    try:
        row = _Row.model_validate(raw)
    except ValidationError:
        return None
    place = _followed(row.outcomes)
    prices = _prices(row.outcome_prices, len(row.outcomes))
    statuses = [str(status) for status in row.uma]
    market = Market(
        id=row.id,
        event_id=event_id,
        question=clean(row.question, TEXT_LIMIT),
        slug=row.slug,
        outcome=clean(row.outcomes[place], 60),
        token=Whole(200)(row.tokens[place]) if len(row.tokens) == len(row.outcomes) else "",
        token_first=place == 0,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        closed=row.closed,
        settling=any(status in ("proposed", "disputed", "resolved") for status in statuses),
        winner=_winner(row.outcomes, prices, statuses) if row.closed else "",
        bid=_share(row.bid),
        ask=_share(row.ask),
        last_trade=_share(row.last_trade) or None,  # 0 stands for no trade yet
        price=prices[place] if prices else None,
        volume=max(row.volume_number or row.volume or 0.0, 0.0),
        volume_24h=max(row.volume_24h or 0.0, 0.0),
        liquidity=max(row.liquidity or 0.0, 0.0),
        day_change=row.day_change if row.day_change is not None and abs(row.day_change) <= 1 else None,
    )
    return market if place == 0 else _turned(market)


def _followed(outcomes: Sequence[str]) -> int:
    """Return the place of the outcome whose probability is meant: Yes or Up wherever it stands, else the first."""
    names = [name.casefold() for name in outcomes]
    return next((names.index(name) for name in ("yes", "up") if name in names), 0)


def _turned(market: Market) -> Market:
    """Return a market seen from its second outcome: gamma quotes the first one's book."""
    return replace(
        market,
        bid=None if market.ask is None else 1 - market.ask,
        ask=None if market.bid is None else 1 - market.bid,
        last_trade=None if market.last_trade is None else 1 - market.last_trade,
        day_change=None if market.day_change is None else -market.day_change,
    )


def _share(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= 1 else None


def _prices(raw: Sequence[object], outcomes: int) -> list[float] | None:
    """Return the prices of all outcomes; None unless each has one and they are 1 together."""
    prices = [_share(_number(value)) for value in raw]
    known = [price for price in prices if price is not None]
    return known if len(known) == len(raw) == outcomes and abs(sum(known) - 1) <= _SUM_TOLERANCE else None


def _winner(outcomes: Sequence[str], prices: Sequence[float] | None, statuses: Sequence[str]) -> str:
    came_true = next((name for name, price in zip(outcomes, prices or (), strict=False) if price >= _CERTAIN), "")
    return clean(came_true, 60) or ("neither" if statuses and statuses[-1] == "resolved" else "")
