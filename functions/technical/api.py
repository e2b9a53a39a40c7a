"""HTTP functions of technical."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from functions.edge import AsOf, Config, Database, moment
from functions.market.candles import Timeframe
from functions.settings import Settings
from functions.technical.alert import alert_payload
from functions.technical.rules import Rules
from functions.technical.scan import Report, Scanner
from functions.technical.signal import Neutral

router = APIRouter(tags=["technical"])


class ScanRequest(BaseModel):
    """Which moment and which timeframes."""

    as_of: AsOf = None
    timeframes: list[Timeframe] = Field(default_factory=lambda: list(Timeframe), min_length=1, max_length=5)


class Unscanned(BaseModel):
    """A symbol without a signal that something is wrong with."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    code: str
    reason: str

    @classmethod
    def of(cls, found: Neutral) -> "Unscanned":
        """Say why there is no signal."""
        return cls(
            symbol=found.symbol,
            timeframe=found.timeframe,
            close_time=found.close_time,
            code=found.reason.code.value,
            reason=found.reason.text,
        )


class ScanAnswer(BaseModel):
    """What one scan did."""

    as_of: datetime
    closes: dict[Timeframe, int] = Field(description="closes of each timeframe that had something to do")
    states: int = Field(description="symbol closes scanned")
    signals: list[dict[str, Any]] = Field(description="the new signals, as in their alerts, and whether one was raised")
    failed: list[Unscanned] = Field(description="scanned, but their data allow no answer")
    waiting: list[Unscanned] = Field(description="left for the next scan: a higher timeframe's candle is on its way")
    late: list[Unscanned] = Field(description="known symbols without a candle at the newest close")

    @classmethod
    def of(cls, report: Report) -> "ScanAnswer":
        """Turn a report into the answer."""
        return cls(
            as_of=report.as_of,
            closes=report.closes,
            states=report.states,
            signals=[{**alert_payload(found.signal, found.number), "alerted": found.alerted} for found in report.signals],
            failed=[Unscanned.of(found) for found in report.failed],
            waiting=[Unscanned.of(found) for found in report.waiting],
            late=[Unscanned.of(found) for found in report.late],
        )


@router.post("/technical/scan")
def scan(request: ScanRequest, database: Database, settings: Config) -> ScanAnswer:
    """Scan every close that is not processed yet and raise an alert for each new signal; harmless to repeat."""
    scanner = Scanner(database, settings.database("functions"), settings.clock, rules_of(settings))
    return ScanAnswer.of(scanner.run(moment(request.as_of, settings), request.timeframes))


def rules_of(settings: Settings) -> Rules:
    """Return the rules as the settings say."""
    return Rules(
        gate_symbol=settings.gate_symbol,
        targets_r=settings.targets_r,
        risk_percent=settings.risk_percent,
        position_limit_percent=settings.position_limit_percent,
        cost_per_side=settings.cost_per_side_percent / 100,
    )
