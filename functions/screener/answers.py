"""What the screener's HTTP functions answer."""

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.reasons import Why
from functions.screener.explain import why_left_out
from functions.screener.filters import FilterResult
from functions.screener.rules import Filters
from functions.screener.stored import ScreenerRun

LIFE = timedelta(hours=26)  # a daily run, and two hours for a late one


class PickAnswer(BaseModel):
    """One ranked pair; prices and turnover as they were at the run."""

    model_config = ConfigDict(from_attributes=True)

    rank: int
    symbol: str
    score: float = Field(description="0..1; what is not known earns nothing")
    coverage: float = Field(description="0..1: how much of the score is known")
    direction: Literal["up", "down", "none"] | None = Field(description="of the daily trend; nothing when not known")
    price: float
    change_24h: float = Field(description="a fraction: 0.01 is one percent")
    turnover_24h: float = Field(description="USDT")
    spread: float = Field(description="a fraction of the middle price")
    parts: dict[str, float | None] = Field(description="the four scores, 0..1; nothing where not known")
    reasons: list[Why] = Field(description="the weightiest first")


class LeftOut(BaseModel):
    """Pairs that were not ranked, by reason."""

    code: str
    text: str
    symbols: list[str]

    @classmethod
    def of(cls, code: str, symbols: list[str]) -> Self:
        """Say why these were left out."""
        why = why_left_out(FilterResult[code.upper()], Filters())
        return cls(code=code, text=why.text, symbols=symbols)


class Top(BaseModel):
    """The best pairs of the newest run, and how old it is."""

    run: str = Field(description="key of the run")
    as_of: AwareDatetime = Field(description="market time of its tickers")
    age_seconds: float
    stale: bool = Field(description="older than 26 hours")
    considered: int = Field(description="USDT pairs that traded")
    ranked: int = Field(description="pairs that passed the filters")
    note: str | None = Field(description="why daily candles may be missing")
    picks: list[PickAnswer]

    @classmethod
    def of(cls, run: ScreenerRun, ranked: int, picks: list[PickAnswer], at: datetime) -> Self:
        """Judge a run at a moment."""
        age = max(at - run.as_of, timedelta(0))
        return cls(
            run=run.key,
            as_of=run.as_of,
            age_seconds=age.total_seconds(),
            stale=age > LIFE,
            considered=run.considered,
            ranked=ranked,
            note=run.note,
            picks=picks,
        )


class Screened(BaseModel):
    """A run: the one just made, or the one that was there."""

    made: bool = Field(description="false: it was there already")
    top: Top
    left_out: list[LeftOut]
