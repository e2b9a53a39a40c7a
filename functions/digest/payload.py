"""The shapes of the alerts `digest` and `daily_report`, which are also what the HTTP functions answer.

Every block carries its age in seconds of market time; what is old or absent is said in `missing`. Prices are strings without
exponent, shares are fractions (0.01 is one percent).
"""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from functions.backtest.parity.answers import ParityLine
from functions.digest.missing import Missing
from functions.paper.answers import Account, Amount, OpenTrade
from functions.paper.report import AccountsReport
from functions.reasons import Why


class LatestPrice(BaseModel):
    """The latest price of a symbol."""

    price: str
    change_24h: float
    age_seconds: float
    stale: bool = Field(description="older than 60 s")


class Gate(BaseModel):
    """What the gate symbol's daily close allows."""

    state: Literal["long", "short", "closed", "unknown"] = Field(description="the direction signals may have; closed: none")
    trend: Literal["up", "down", "flat"] | None
    close_time: AwareDatetime | None = Field(description="the daily close it stands on")
    age_seconds: float | None = Field(description="since that close")


class Breadth(BaseModel):
    """How many coins stand above their daily averages, of those whose state is of the newest daily close."""

    coins: int
    above_ema50: float = Field(description="share of `coins`, 0..1")
    above_ema200: float | None = Field(description="share of `known_ema200`, 0..1; nothing when no coin is that old")
    known_ema200: int = Field(description="coins with the 200 days an EMA200 needs")
    late: int = Field(description="coins left out because their state is late")
    age_seconds: float


class Reading(BaseModel):
    """A number of an outside source."""

    value: float
    label: str
    source: str
    age_seconds: float


class Overview(BaseModel):
    """The market as a whole."""

    symbol: str = Field(description="the gate symbol")
    price: LatestPrice | None
    gate: Gate
    breadth: Breadth | None
    fear_greed: Reading | None = Field(description="0..100; nothing while no source has rows")
    btc_dominance: Reading | None = Field(description="percent; nothing while no source has rows")


class TopCoin(BaseModel):
    """One of the screener's best, at its latest price."""

    rank: int
    symbol: str
    score: float | None = Field(description="0..100; nothing for a pair that has no fresh score")
    coverage: float | None
    direction: Literal["up", "down", "none"] | None
    price: LatestPrice | None
    reasons: list[Why]


class Screening(BaseModel):
    """The newest screening."""

    as_of: AwareDatetime
    age_seconds: float
    stale: bool = Field(description="older than 26 hours")
    considered: int
    ranked: int
    coins: list[TopCoin]


class SignalLine(BaseModel):
    """A signal on a close of the last 24 hours."""

    signal_id: int
    symbol: str
    direction: Literal["LONG", "SHORT"]
    timeframe: str
    confidence: float
    entry: str
    created_at: AwareDatetime
    age_seconds: float = Field(description="of its close")


class HeldBack(BaseModel):
    """Setups of the last 24 hours that were rejected, by the first check that they failed; the code is one of the score's."""

    code: str
    params: dict[str, Any] = Field(description="of the newest one")
    text: str = Field(description="of the newest one")
    count: int
    symbols: list[str] = Field(description="at most five, those with the most setups first")


class Unsent(BaseModel):
    """Messages of the last 24 hours (wall clock) that did not go out, over all chats."""

    held: int
    expired: int
    dead: int


class ListingLine(BaseModel):
    """A pair that came or went in the last 24 hours."""

    symbol: str
    event: Literal["listed", "delisted"]
    at: AwareDatetime


class HeadlineLine(BaseModel):
    """A headline of the last 24 hours: text from outside."""

    title: str
    link: str
    feed: str
    published_at: AwareDatetime
    age_seconds: float


class Paper(BaseModel):
    """The paper account, what is open, and what the last 24 hours brought."""

    account: Account
    open: list[OpenTrade]
    opened_24h: int
    profit_24h: Amount = Field(description="of what was closed, less all fees")


class Digest(BaseModel):
    """The morning digest; the payload of the alert `digest`."""

    day: date
    as_of: AwareDatetime
    market: Overview
    screening: Screening | None
    paper: Paper | None
    signals: list[SignalLine] = Field(description="newest first, at most twenty")
    signals_count: int
    held_back: list[HeldBack] = Field(description="most first")
    unsent: Unsent
    listings: list[ListingLine] = Field(description="newest first, at most twenty")
    headlines: list[HeadlineLine] = Field(description="newest first, at most five")
    missing: list[Missing]


class DailyReport(BaseModel):
    """Each account beside the others and BTC; the payload of the alerts `daily_report` and `weekly_report`."""

    day: date
    report: AccountsReport
    parity: ParityLine | None = Field(default=None, description="how far desk and backtest agree; nothing before the first night")
