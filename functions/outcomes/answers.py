"""What HTTP answers of outcomes are made of."""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from math import isfinite
from typing import Any, Self

from pydantic import BaseModel, Field

from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.outcomes.lift import FEWEST_DAYS, FEWEST_IDEAS, Days, Lift, Verdict, judge_days, judge_parts
from functions.outcomes.sequences import Interval
from functions.scoring.states import SignalState
from functions.technical.setups.signal import Direction


class IdeaKind(StrEnum):
    """Which ideas: what was sent, what stood on the watch list for its reason, or both."""

    SIGNAL = "signal"
    REJECTION = "rejection"
    SETUP = "setup"


class Touched(StrEnum):
    """What an idea's price touched first."""

    TARGET = "target"
    STOP = "stop"
    NEITHER = "neither"


class Horizon(IntEnum):
    """The horizons."""

    HOUR = 1
    FOUR_HOURS = 4
    DAY = 24
    WEEK = 168


class OutcomeRow(BaseModel):
    """What became of one idea by one horizon."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: Direction
    kind: IdeaKind
    signal_id: int | None
    code: str | None = Field(description="of a rejection's first reason")
    confidence: float
    agreeing: list[Factor]
    hours: Horizon = Field(description="of the horizon")
    known: bool = Field(description="false when its candles never came; the figures are empty then")
    moved: float | None = Field(description="how far the price went its way by then, a fraction, without costs")
    best: float | None = Field(description="farthest in its favour until it ended, in R")
    worst: float | None = Field(description="farthest against it, in R, 0 or less")
    first: Touched | None
    r: float | None = Field(description="earned in R after costs; what the horizon found open is sold at the next price")
    randoms: int = Field(description="random entries beside it, at the last horizon")
    random_r: float | None = Field(description="mean of what they earned")
    random_won: float | None = Field(description="share of them that earned anything")
    settled_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return a row of the table as it is answered."""
        touched = {1: Touched.TARGET, -1: Touched.STOP, 0: Touched.NEITHER, None: None}
        kind = IdeaKind.REJECTION if row["signal_id"] is None else IdeaKind.SIGNAL
        said = {"direction": Direction.of(row["direction"]), "first": touched[row["first"]], "known": row["r"] is not None}
        return cls.model_validate({**row, **said, "kind": kind})


class Outcomes(BaseModel):
    """Outcomes, the newest close first."""

    as_of: datetime
    since: datetime
    outcomes: list[OutcomeRow]


class Between(BaseModel):
    """An interval that holds at every look; empty ends are open."""

    low: float | None
    high: float | None

    @classmethod
    def of(cls, interval: Interval) -> Self:
        """Return an interval as it is answered."""
        return cls(low=_finite(interval.low), high=_finite(interval.high))


class LiftRow(BaseModel):
    """How ideas did beside random entries at the same moments; rates and means are means over UTC days, R after costs."""

    ideas: int
    days: int
    verdict: Verdict
    win_rate: float | None
    random_win_rate: float | None
    win_lift: Between
    r: float | None
    random_r: float | None
    r_lift: Between

    @classmethod
    def of(cls, lift: Lift) -> Self:
        """Return a lift as it is answered; what no idea stands behind is empty."""
        return cls(
            ideas=lift.ideas,
            days=lift.days,
            verdict=lift.verdict,
            win_rate=_finite(lift.win_rate),
            random_win_rate=_finite(lift.random_win_rate),
            win_lift=Between.of(lift.win_lift),
            r=_finite(lift.r),
            random_r=_finite(lift.random_r),
            r_lift=Between.of(lift.r_lift),
        )

    @classmethod
    def of_days(cls, days: Days) -> Self:
        """Return the lift of some days."""
        return cls.of(judge_days(days))

    @classmethod
    def of_parts(cls, parts: Mapping[str, Days]) -> dict[str, Self]:
        """Return the lift of each part; all their intervals hold together."""
        return {name: cls.of(lift) for name, lift in sorted(judge_parts(parts).items())}


class LiftAnswer(BaseModel):
    """Whether ideas beat random entries, and what that stands on."""

    as_of: datetime
    since: datetime
    kind: IdeaKind
    measured: int = Field(description="ideas whose seven days are over")
    running: int = Field(description="ideas whose seven days are not")
    unknown: int = Field(description="ideas whose candles never came")
    alone: int = Field(description="measured ideas beside which no other coin was let through: they are in no lift")
    fewest_ideas: int = FEWEST_IDEAS
    fewest_days: int = FEWEST_DAYS
    lift: LiftRow
    by_factor: dict[str, LiftRow] = Field(description="of the ideas that each factor agreed with")
    by_timeframe: dict[str, LiftRow]
    by_coin: dict[str, LiftRow]
    by_confidence: dict[str, LiftRow]
    by_reason: dict[str, LiftRow] = Field(description="of rejections, by their first reason")


class EndedSignal(BaseModel):
    """A signal that ended in this run."""

    signal_id: int
    symbol: str
    state: SignalState
    at: datetime


class SettledOutcomes(BaseModel):
    """What a settlement of outcomes did; run again at the same time it does nothing."""

    as_of: datetime
    written: dict[int, int] = Field(description="outcomes by the hours of their horizon")
    waiting: dict[int, int] = Field(description="ideas whose candles, or those beside them, are not all there yet")
    ended: list[EndedSignal]
    more: bool = Field(description="more was missed than one run makes up for: the next one goes on")


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
