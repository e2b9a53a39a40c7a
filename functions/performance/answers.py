"""What HTTP answers of figures and of readiness are made of."""

from datetime import date, datetime
from math import isfinite
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.outcomes.sequences import Interval
from functions.paper.answers import Amount
from functions.paper.settling.position import FillReason, Side
from functions.performance.metrics.definitions import DEFINITIONS, Unit, write
from functions.performance.readiness.assessment import Assessment, Line
from functions.performance.readiness.slow import SlowRule
from functions.performance.readiness.targets import PLAN_DAYS, Standing


class FigureAnswer(BaseModel):
    """One figure, with what it is."""

    name: str
    title: str
    value: float | None = Field(description="nothing where there is none, or where it is infinite: `written` says which")
    written: str = Field(description="as a person reads it")
    low: float | None = Field(description="of its 90% interval; nothing below 20 days, or 20 days with a trade")
    high: float | None
    btc: float | None = Field(description="the same of Bitcoin, bought and held; nothing for what only trades have")
    formula: str
    says: str
    unit: Unit

    @classmethod
    def of(cls, name: str, value: float, interval: Interval | None, btc: float | None) -> Self:
        """Return the answer of one figure."""
        definition = DEFINITIONS[name]
        return cls(
            name=name,
            title=definition.title,
            value=finite(value),
            written=write(name, value),
            low=finite(interval.low) if interval else None,
            high=finite(interval.high) if interval else None,
            btc=finite(btc),
            formula=definition.formula,
            says=definition.says,
            unit=definition.unit,
        )


class CurvePoint(BaseModel):
    """The end of one UTC day."""

    day: date
    equity: float = Field(description="USDT")
    btc: float | None = Field(description="what the start would be as Bitcoin, USDT")


class PerformanceAnswer(BaseModel):
    """What an account did over whole UTC days."""

    account: str
    as_of: AwareDatetime
    opened_at: AwareDatetime | None = Field(description="nothing before its first trade")
    first_day: date | None
    days: int
    start: float | None = Field(description="equity before the first day, USDT")
    figures: list[FigureAnswer]
    curve: list[CurvePoint]
    unpriced: list[str] = Field(description="pairs that stood at their cost on some day, for no price of them was known")


class ReadinessLine(BaseModel):
    """One figure beside its target."""

    figure: str
    value: float | None = Field(description="nothing while it is not known, or while it is infinite")
    written: str
    plan: float
    most: float | None = Field(description="where too much is as bad as too little")
    minimum: float | None
    above: bool = Field(description="more is better")
    standing: Standing
    sample: int
    sample_of: str = Field(description="trades, days, closes or signals")
    lacking: float | None = Field(description="how far it is from the plan; 0 when it is met")
    chance: float | None = Field(description="0..1: that a coin toss with the same exits shows as much")
    days_left: int | None = Field(description="until it can be told from its target; nothing when that is not in sight")

    @classmethod
    def of(cls, line: Line) -> Self:
        """Return the answer of one line."""
        target = line.target
        return cls(
            figure=target.figure,
            value=finite(line.value),
            written=write_line(target.figure, line.value),
            plan=target.plan,
            most=finite(target.most),
            minimum=target.minimum,
            above=target.above,
            standing=line.standing,
            sample=line.sample,
            sample_of=line.sample_of,
            lacking=finite(line.lacking),
            chance=line.chance,
            days_left=line.days_left,
        )


class SlowRuleRow(BaseModel):
    """A rule that trades on few days, in an account of its own."""

    account: str = Field(description="dips or core")
    since: AwareDatetime
    fill_days: int = Field(description="UTC days on which it bought: those count, not trades")
    earliest: AwareDatetime = Field(description="from when on it can be believed at the earliest: two years of paper")
    latest: AwareDatetime = Field(description="four years of it")
    days_left: int = Field(description="until the earliest")

    @classmethod
    def of(cls, rule: SlowRule, as_of: datetime) -> Self:
        """Return the answer of one rule."""
        return cls(
            account=rule.name,
            since=rule.since,
            fill_days=rule.fill_days,
            earliest=rule.earliest,
            latest=rule.latest,
            days_left=rule.days_left(as_of),
        )


class ReadinessAnswer(BaseModel):
    """How far the desk's account is from the plan, and from real money."""

    as_of: AwareDatetime
    days: int = Field(description="whole UTC days since the account was opened")
    plan_days: int = PLAN_DAYS
    trades: int
    plan: list[ReadinessLine]
    real_money: list[ReadinessLine]
    chance_of_plan: float | None = Field(
        description="that a coin toss with the same exits and pace meets the plan's four trading targets in 28 days"
    )
    chance_of_minimum: float | None
    scored_to: AwareDatetime | None = Field(description="newest close that is scored: how fresh the figures of the desk are")
    ready: bool = Field(description="all that real money asks for is met; a coin toss may be, too")
    slow: list[SlowRuleRow] = Field(description="dip orders and the weekly allocation: how long until they can be believed")

    @classmethod
    def of(cls, as_of: AwareDatetime, assessment: Assessment, scored_to: AwareDatetime | None) -> Self:
        """Return the answer of an assessment."""
        return cls(
            as_of=as_of,
            days=assessment.days,
            trades=assessment.trades,
            plan=[ReadinessLine.of(line) for line in assessment.plan],
            real_money=[ReadinessLine.of(line) for line in assessment.real_money],
            chance_of_plan=assessment.chance_of_plan,
            chance_of_minimum=assessment.chance_of_minimum,
            scored_to=scored_to,
            ready=assessment.ready,
            slow=[SlowRuleRow.of(rule, as_of) for rule in assessment.slow],
        )


def finite(value: float | None) -> float | None:
    """Return a value that JSON can hold."""
    return value if value is not None and isfinite(value) else None


def write_line(figure: str, value: float | None) -> str:
    """Return a figure of readiness as a person reads it."""
    if figure in DEFINITIONS:
        return write(figure, value)
    if value is None:
        return "–"
    return {"latency_s": f"{value:.1f} s", "days": f"{value:.0f}", "signals_a_day": f"{value:.2f}"}.get(
        figure, f"{100 * value:.2f}%"
    )


class TradeRow(BaseModel):
    """One paper trade, open or closed."""

    trade_id: int
    account: str
    symbol: str
    side: Side
    source: str = Field(description="manual, signal, or what a shadow trades")
    idea: str | None = Field(description="what it follows: signal:12, rejection:7 or random:3; nothing when a person opened it")
    state: Literal["open", "closed"]
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    entry: Amount
    exit: Amount | None = Field(description="mean price of what is sold, weighted by quantity; nothing before the first part")
    stop: Amount | None = Field(description="at the entry")
    targets: list[Amount]
    quantity: Amount = Field(description="bought, in coins")
    profit: Amount = Field(description="USDT of what is sold, after all fees so far")
    fees: Amount = Field(description="USDT")
    r: float | None = Field(description="profit in units of the risk at the entry; nothing without a stop")
    named: bool = Field(description="a person named the price of an exit")
    reason: FillReason | None = Field(description="of the last exit")


class TradeRows(BaseModel):
    """Paper trades, the newest first."""

    as_of: AwareDatetime
    trades: list[TradeRow]
