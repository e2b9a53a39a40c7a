"""What the listing watch answers; `ListingAlert` is also the payload of the alerts `listing` and `delisting`."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.listings.noted import NotedEvent, Pair
from functions.market.universe import PEGGED


class Announced(BaseModel):
    """What the exchange announced: text and address from outside."""

    title: str
    url: str


class ListingAlert(BaseModel):
    """A pair came or went; the payload of the alerts `listing` and `delisting`."""

    symbol: str
    event: Literal["listed", "delisted"]
    base: str
    kind: str = Field(description="'' for a normal coin, else adventure or xstocks (a tokenised stock)")
    scanned: bool = Field(description="a pair that scans look at: no tokenised stock, no special treatment, no pegged coin")
    at: AwareDatetime = Field(description="market time: first seen, or last seen")
    seen_after: AwareDatetime | None = Field(
        description="the look before, when it was not there yet: it appeared between this and `at`; nothing when not known"
    )
    price: str | None = Field(description="first price seen, USDT, without exponent; nothing when it has not traded yet")
    volume_24h: float | None = Field(description="in the base coin")
    turnover_24h: float | None = Field(description="USDT")
    price_age_seconds: float | None = Field(description="age of price and volume when this was noted")
    announcement: Announced | None

    @classmethod
    def of(cls, row: NotedEvent, pair: Pair) -> Self:
        """Return what is told of an event."""
        return cls(
            symbol=row.symbol,
            event="listed" if row.event == "listed" else "delisted",
            base=pair.base,
            kind=pair.kind,
            scanned=pair.kind != "xstocks" and not pair.special_treatment and pair.base not in PEGGED,
            at=row.at,
            seen_after=row.seen_after,
            price=None if row.price is None else f"{Decimal(repr(row.price)):f}",
            volume_24h=row.volume_24h,
            turnover_24h=row.turnover_24h,
            price_age_seconds=None if row.priced_at is None else max((row.noted_at - row.priced_at).total_seconds(), 0.0),
            announcement=None if row.announcement is None else Announced.model_validate(row.announcement),
        )


class Checked(BaseModel):
    """What one look found."""

    as_of: AwareDatetime = Field(description="market time of the exchange's answer")
    pairs: int = Field(description="USDT pairs that trade")
    noted: list[ListingAlert] = Field(description="new events, each with its alert unless nobody looked for days")
    waiting: list[str] = Field(description="new pairs that have not traded yet; told within three minutes")
    note: str | None = Field(description="why announcements are missing, if they are")


class ListingRow(BaseModel):
    """An event that was noted."""

    symbol: str
    event: Literal["listed", "delisted"]
    at: AwareDatetime
    seen_after: AwareDatetime | None
    price: float | None
    volume_24h: float | None
    turnover_24h: float | None
    priced_at: datetime | None
    announcement: dict[str, Any] | None
    noted_at: AwareDatetime
