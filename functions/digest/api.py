"""HTTP functions of the digest."""

from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Engine

from functions.backtest.parity.run import newest_line
from functions.clock import wall_now
from functions.digest import store
from functions.digest.payload import DailyReport, Digest
from functions.digest.run import paper
from functions.digest.run.compose import compose
from functions.edge import Config, Database, moment
from functions.moments import AsOf
from functions.outbox import raise_alert
from functions.paper.run.report import read_report

router = APIRouter(prefix="/digest", tags=["digest"])
WEEK = timedelta(days=7)
LIFE = timedelta(hours=12)  # yesterday evening's news is no news


class DigestRequest(BaseModel):
    """Which day's; n8n knows the reader's local day, without it the UTC day counts."""

    as_of: AsOf = None
    day: date | None = Field(default=None, description="the reader's day: one digest and one report each")


class DigestRaised(BaseModel):
    """The day's digest, and whether it was raised just now."""

    raised: bool
    digest: Digest


class ReportRaised(BaseModel):
    """The day's report, and whether it was raised just now; nothing to say is no message."""

    raised: bool
    report: DailyReport
    quiet: str | None = Field(default=None, description="why there is nothing to say")


@router.post("/run")
def run(settings: Config, database: Database, request: DigestRequest | None = None) -> DigestRaised:
    """Raise the morning digest, once a day; asked again it gives the one that was raised."""
    at, day = _when(request, settings)
    key = f"digest:{day.isoformat()}"
    with _snapshot(database) as connection:
        earlier = store.alert_payload(connection, key)
        digest = None if earlier else compose(connection, settings.gate_symbol, at, wall_now(), day)
    raised, payload = (False, earlier) if digest is None else _raise(database, key, "digest", digest.model_dump(mode="json"))
    return DigestRaised(raised=raised, digest=Digest.model_validate(payload))


@router.post("/report")
def report(settings: Config, database: Database, request: DigestRequest | None = None) -> ReportRaised:
    """Raise the daily report of the paper accounts, once a day; a day with nothing open and nothing booked is passed over."""
    at, day = _when(request, settings)
    key = f"daily_report:{day.isoformat()}"
    with _snapshot(database) as connection:
        earlier = store.alert_payload(connection, key)
        if earlier is not None:
            return ReportRaised(raised=False, report=DailyReport.model_validate(earlier))
        figures = paper.since_last_report(connection, at, settings.gate_symbol)
        whole = DailyReport(day=day, report=figures, parity=newest_line(connection, at))
    if not any(account.open or account.opened or account.closed or account.booked for account in whole.report.accounts):
        return ReportRaised(raised=False, report=whole, quiet="nothing is open and nothing was booked since the last one")
    raised, payload = _raise(database, key, "daily_report", whole.model_dump(mode="json"))
    return ReportRaised(raised=raised, report=DailyReport.model_validate(payload))


@router.post("/weekly")
def weekly(settings: Config, database: Database, request: DigestRequest | None = None) -> ReportRaised:
    """Raise the weekly report of the paper accounts, once an ISO week; before the first trade there is none."""
    at, day = _when(request, settings)
    year, week, _ = day.isocalendar()
    key = f"weekly_report:{year}-W{week:02}"
    with _snapshot(database) as connection:
        earlier = store.alert_payload(connection, key)
        if earlier is not None:
            return ReportRaised(raised=False, report=DailyReport.model_validate(earlier))
        whole = DailyReport(day=day, report=read_report(connection, at, at - WEEK, settings.gate_symbol))
    if not whole.report.accounts:
        return ReportRaised(raised=False, report=whole, quiet="no account has traded yet")
    raised, payload = _raise(database, key, "weekly_report", whole.model_dump(mode="json"))
    return ReportRaised(raised=raised, report=DailyReport.model_validate(payload))


def _when(request: DigestRequest | None, settings: Config) -> tuple[datetime, date]:
    request = request or DigestRequest()
    at = moment(request.as_of, settings)
    return at, request.day or at.date()


def _snapshot(database: Engine) -> Connection:
    """Return a connection that sees one state of the database, so that the blocks fit each other."""
    return database.connect().execution_options(isolation_level="REPEATABLE READ")


def _raise(database: Engine, key: str, kind: str, payload: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Raise the alert; return whether it is new, and the payload that stands: of two at once the first one's."""
    now = wall_now()
    with database.begin() as connection:
        raised = raise_alert(connection, key=key, kind=kind, payload=payload, created_at=now, expires_at=now + LIFE)
        return raised, (store.alert_payload(connection, key) or payload)
