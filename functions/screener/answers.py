"""What the screener's HTTP functions answer."""

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.factors.reading import Factor
from functions.reasons import Why
from functions.screener.explain import why_left_out
from functions.screener.filters import FilterResult
from functions.screener.rules import Filters
from functions.screener.scored import RankedPick
from functions.screener.stored import ScreenerRun

LIFE = timedelta(hours=26)  # a daily run, and two hours for a late one


class PickAnswer(BaseModel):
    """One ranked pair; prices and turnover as they were at the run, the score as it is now."""

    rank: int
    symbol: str
    score: float | None = Field(description="0..100, 50 is neutral; nothing for a pair that has no fresh score")
    coverage: float | None = Field(description="0..1: share of all weights that the score knew")
    points: dict[Factor, float] = Field(description="by which each known factor moves the score from 50")
    daily_score: float = Field(description="0..1, of the screening's daily candles; what is not known earns nothing")
    daily_coverage: float = Field(description="0..1: how much of the daily score is known")
    direction: Literal["up", "down", "none"] | None = Field(description="of the daily trend; nothing when not known")
    price: float
    change_24h: float = Field(description="a fraction: 0.01 is one percent")
    turnover_24h: float = Field(description="USDT")
    spread: float = Field(description="a fraction of the middle price")
    parts: dict[str, float | None] = Field(description="the four scores, 0..1; nothing where not known")
    reasons: list[Why] = Field(
        description="the score and each factor's share of it, then the daily candles', the weightiest first"
    )

    @classmethod
    def of(cls, ranked: RankedPick) -> Self:
        """Show a pick at its place."""
        pick, score = ranked.pick, ranked.score
        same = ("symbol", "direction", "price", "change_24h", "turnover_24h", "spread", "parts")
        return cls(
            rank=ranked.rank,
            score=score.score if score else None,
            coverage=score.coverage if score else None,
            points=dict(score.points) if score else {},
            daily_score=pick.score,
            daily_coverage=pick.coverage,
            reasons=[Why.model_validate(why) for why in ranked.reasons],
            **{name: getattr(pick, name) for name in same},
        )


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
