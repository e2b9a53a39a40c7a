"""Every number a backtest depends on beside the candles and readings, once."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from functions.costs import Costs
from functions.paper.admission import AdmissionRules
from functions.scoring.rules import ScoreRules
from functions.technical.dips.rules import DipRules


@dataclass(frozen=True, slots=True)
class BacktestRules:
    """What an account lives by; the same values as the live desk's.

        BacktestRules()                                   # the shipped defaults
        BacktestRules(delay=3)                            # every entry three 5m candles late
        BacktestRules(costs=Costs(Decimal(0), Decimal(0)))  # what costs take

    Attributes:
        score: what makes a setup a signal, with stop and targets.
        admission: what the account may do.
        start: USDT it begins with.
        costs: of each fill; signals are checked against those of `score.setups`.
        break_even: the stop goes to the entry's price after the first target.
        allow_short: shorts may be opened.
        delay: candles of the finest timeframe between a signal's close and the entry.
        hold: after so long what is left is sold at the market, as `PAPER_HOLD_DAYS` says; None keeps it until its levels end it.
        regime_exit: what is left is sold when the gate no longer allows its direction.
        random_seeds: accounts of random entries to compare with.
        dips: what a dip order follows from.

    Raises:
        ValueError: a number is outside its range; the message names it.
    """

    score: ScoreRules = field(default_factory=ScoreRules)
    admission: AdmissionRules | None = None
    start: Decimal = Decimal(1000)
    costs: Costs = field(default_factory=Costs)
    break_even: bool = True
    allow_short: bool = False
    delay: int = 0
    hold: timedelta | None = timedelta(days=7)
    regime_exit: bool = False
    random_seeds: int = 5
    dips: DipRules = field(default_factory=DipRules)

    def __post_init__(self) -> None:
        if self.start <= 0:
            raise ValueError(f"expected start above 0, got {self.start}")
        if not 0 <= self.delay <= 1000:
            raise ValueError(f"expected delay between 0 and 1000, got {self.delay}")
        if self.hold is not None and self.hold <= timedelta(0):
            raise ValueError(f"expected hold above 0, got {self.hold}")
        if not 0 <= self.random_seeds <= 200:
            raise ValueError(f"expected random_seeds between 0 and 200, got {self.random_seeds}")

    @property
    def limits(self) -> AdmissionRules:
        """Return what the account may do: with the limits that sizes are shown by, unless others are given."""
        return self.admission or AdmissionRules(limits=self.score.setups.limits)
