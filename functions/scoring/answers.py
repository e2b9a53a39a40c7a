"""What HTTP answers of scores are made of."""

from datetime import datetime

from pydantic import BaseModel, Field

from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Why
from functions.scoring.document import FactorSaid, SignalAlert
from functions.scoring.states import SignalState
from functions.technical.setups.signal import Direction


class Gate(BaseModel):
    """What Bitcoin's daily candle allows."""

    symbol: str
    regime: int | None = Field(description="1 longs, -1 shorts, 0 none; empty while it is not known")
    since: datetime | None = Field(description="the daily close that it has stood since, as far as that was noted")


class ScoreRow(BaseModel):
    """A coin's score at one close."""

    symbol: str
    close_time: datetime
    age_seconds: float
    as_of: datetime = Field(description="it stands on what was known then")
    score: float | None = Field(description="0..100, 50 is neutral; empty when nothing was known")
    coverage: float = Field(description="0..1: share of all weights that was known")
    confidence: float = Field(description="0..1: how much of the weight agrees; no probability")
    points: dict[Factor, float] = Field(description="by which each factor that is known moves the score from 50")


class Scores(BaseModel):
    """The newest score of every coin, the strongest first."""

    as_of: datetime
    gate: Gate
    scores: list[ScoreRow]


class ReadingRow(BaseModel):
    """What one source said last of a coin, or of the market as a whole."""

    source: str
    market: bool
    value: float
    confidence: float
    publishers: int
    as_of: datetime
    age_seconds: float
    stale_at: datetime
    fresh: bool = Field(description="a stale one counts for nothing")
    evidence: dict[str, object]


class FactorRow(BaseModel):
    """A factor and everything that was said of it."""

    factor: Factor
    weight: float = Field(description="its share of all weights, 0..1")
    now: FactorSaid = Field(description="what it comes to now; it agrees or not with the side of the score that is stronger")
    readings: list[ReadingRow]


class StandingSignal(SignalAlert):
    """A signal and where it stands."""

    state: SignalState = Field(description="new while it may be taken, then active until it has ended")
    ended_at: datetime | None = Field(description="when its first target or its stop was touched, or its seven days were over")


class Signals(BaseModel):
    """Signals as they stand at a moment, the newest first."""

    as_of: datetime
    signals: list[StandingSignal]


class CoinScore(BaseModel):
    """One coin: the score of its newest close, what its factors say now, and its live signal and rejection, if any."""

    symbol: str
    as_of: datetime
    gate: Gate
    score: ScoreRow | None
    factors: list[FactorRow]
    signal: StandingSignal | None
    rejection: "RejectionRow | None"


class History(BaseModel):
    """A coin's scores, oldest first."""

    symbol: str
    as_of: datetime
    scores: list[ScoreRow]


class RejectionRow(BaseModel):
    """A setup that became no signal, and every reason why."""

    rejection_id: int
    symbol: str
    timeframe: Timeframe
    close_time: datetime
    age_seconds: float
    direction: Direction
    entry: str
    stop: str
    targets: list[str]
    risk_reward: float
    expires_at: datetime
    code: str = Field(description="of the first reason")
    reasons: list[Why] = Field(description="every check that failed, each with its figures")
    setup_reasons: list[Why]
    score: float | None
    coverage: float
    confidence: float
    factors: list[FactorSaid]


class Rejections(BaseModel):
    """Why there were no signals."""

    as_of: datetime
    since: datetime
    gate: Gate
    scored_to: datetime | None = Field(description="the newest close that is scored; empty while none is")
    setups: int = Field(description="that were judged in that time")
    signals: int = Field(description="that came of them")
    counts: dict[str, int] = Field(description="rejected setups by their first reason, most first")
    rejections: list[RejectionRow] = Field(description="the newest ones")


class WatchList(BaseModel):
    """Rejected setups whose time is not over, of each coin the newest; the clearest score first."""

    as_of: datetime
    gate: Gate
    setups: list[RejectionRow]
