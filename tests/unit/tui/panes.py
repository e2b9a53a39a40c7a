"""Panes written by hand, for the screens to paint."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.factors.answers import SourceReading
from functions.panes.answers import (
    CandlesRow,
    ClosedRow,
    DataPane,
    Machine,
    MarketPane,
    MarketRow,
    Pane,
    PaneName,
    PartRow,
    PortfolioPane,
    SignalsPane,
    SourceRow,
)
from functions.paper.report import AccountCurve, AccountReport, AccountsReport, EquityCurves, EquityPoint, HeldBeside, PricePoint
from functions.scoring.answers import Gate, StandingSignal

NOW = datetime(2024, 3, 5, 14, 17, tzinfo=UTC)
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
GATE = Gate(symbol="BTCUSDT", regime=1, since=NOW - 3 * DAY)


def market(at: datetime = NOW, *, late: bool = False, rows: int = 20) -> MarketPane:
    """A market of some pairs; late when its candles are two hours old."""
    closed = at - (timedelta(hours=2) if late else timedelta(minutes=2))
    mood = SourceReading(
        source="fear_greed",
        symbol="MARKET",
        value=0.5,
        confidence=0.5,
        as_of=at - DAY,
        age_seconds=86_400,
        stale=late,
        evidence={"value": 75},
    )
    pairs = [
        MarketRow(
            symbol=f"{'1000' * (number % 2)}COIN{number}USDT",
            price=10.0 ** (number % 8 - 4) * 1.23456,
            closed_at=closed,
            age_seconds=(at - closed).total_seconds(),
            change_24h=(number - 9) / 50,
            turnover_24h=2e9 / (number + 1),
            trend=(1, 0, -1, None)[number % 4],
            strength=0.5,
            score=95.0 - 4 * number,
            confidence=0.8,
            scored_at=closed,
            closes=[1.0 + (number * hour) % 5 for hour in range(24)],
        )
        for number in range(rows)
    ]
    return MarketPane(as_of=at, gate=GATE, moods=[mood], rows=pairs)


def signal(number: int, at: datetime = NOW, **changes: Any) -> StandingSignal:
    """A signal."""
    values: dict[str, Any] = {
        "signal_id": number,
        "symbol": ("SOLUSDT", "1000PEPEUSDT", "ETHUSDT")[number % 3],
        "direction": ("LONG", "SHORT")[number % 2],
        "timeframe": "15m",
        "close_time": at - number * QUARTER,
        "score": 72.0,
        "confidence": 0.6 + number / 100,
        "coverage": 0.8,
        "factors": [],
        "entry": ("155.23", "0.0000098045", "3165.0")[number % 3],
        "stop": ("140.1", "0.0000080758", "3000")[number % 3],
        "targets": [("160", "0.000011", "3300")[number % 3], "170", "180"],
        "risk_reward": 2.2,
        "position_pct": 5.0,
        "obstacles": [],
        "reasons": [{"code": "gate_open", "params": {}, "text": "BTCUSDT's daily close is above EMA50 and EMA200"}],
        "indicators": {},
        "source": "score",
        "created_at": at - number * QUARTER,
        "expires_at": at - number * QUARTER + timedelta(hours=1),
        "state": ("new", "active", "hit_tp", "hit_sl", "expired")[number % 5],
        "ended_at": None,
        **changes,
    }
    return StandingSignal.model_validate(values)


def signals(at: datetime = NOW, count: int = 40) -> SignalsPane:
    """A week of signals."""
    return SignalsPane(
        as_of=at,
        gate=GATE,
        signals=[signal(number, at) for number in range(1, count + 1)],
        setups_24h=35,
        rejected_24h={"gate_against": 16, "no_consensus": 7},
        scored_to=at,
    )


def portfolio(at: datetime = NOW, days: int = 30) -> PortfolioPane:
    """Two accounts of some days."""
    moments = [at - (days - day) * DAY for day in range(days + 1)] if days else []

    def account(name: str, *, shadow: bool) -> AccountReport:
        return AccountReport(
            name=name, shadow=shadow, start=Decimal(1000), opened_at=at - DAY, equity=Decimal("1012.34"), return_pct=1.234,
            equity_before=Decimal("1010"), change=Decimal("2.34"), change_pct=0.23, booked=Decimal("-1.5"), fees=Decimal(1),
            opened=2, closed=3, won=1, open=2, unpriced=[],
        )  # fmt: skip

    def curve(name: str, growth: int, *, shadow: bool) -> AccountCurve:
        points = [EquityPoint(at=day, equity=Decimal(1000 + growth * place), unpriced=[]) for place, day in enumerate(moments)]
        return AccountCurve(name=name, shadow=shadow, start=Decimal(1000), opened_at=at - DAY, points=points)

    accounts = [account("desk", shadow=False), account("random", shadow=True)] if days else []
    return PortfolioPane(
        as_of=at,
        report=AccountsReport(
            as_of=at, since=at - DAY, last_fill=0, accounts=accounts, open=[],
            held=HeldBeside(symbol="BTCUSDT", since=at - DAY, price=Decimal(30000), change_pct=3.4, return_pct=None),
        ),
        curves=EquityCurves(
            as_of=at,
            accounts=[curve("desk", 2, shadow=False), curve("random", -1, shadow=True)] if days else [],
            symbol="BTCUSDT",
            prices=[PricePoint(at=day, price=Decimal(30000 + 50 * place)) for place, day in enumerate(moments)],
        ),
        closed=[
            ClosedRow(
                account="desk", symbol="SOLUSDT", side="long", opened_at=at - DAY, closed_at=at - QUARTER, entry="155.23",
                profit="-4.2", r=-1.02,
            )
        ] if days else [],
        figures=[],
    )  # fmt: skip


def data(at: datetime = NOW, *, late: bool = False, rows: int = 14) -> DataPane:
    """Sources and parts, one of them late, one of them failing."""
    age = 7200.0 if late else 60.0
    closed = at - timedelta(seconds=age)
    return DataPane(
        as_of=at,
        parts=[PartRow(part="collector", at=closed, age_seconds=age, late=late)] if rows else [],
        sources=[
            SourceRow(
                source=f"source_{number}", ok_at=closed, age_seconds=age, error="401 the key is wrong" if number == 2 else "",
                error_at=closed if number == 2 else None, successes=number,
            )
            for number in range(rows)
        ],
        candles=[CandlesRow(timeframe=name, closed_at=closed, age_seconds=age, symbols=50, late=late)
                 for name in ("5m", "15m", "1h", "4h", "1d") if rows],
        open_gaps=1,
        revisions_24h=2,
        outbox={"delivered": 8, "dead": 0},
        machine=Machine(cpu_percent=12, memory_percent=34, database_bytes=61 * 2**20),
    )  # fmt: skip


def pane(name: PaneName, at: datetime = NOW, *, late: bool = False, empty: bool = False) -> Pane:
    """Any of them."""
    match name:
        case PaneName.MARKET:
            return market(at, late=late, rows=0 if empty else 20)
        case PaneName.SIGNALS:
            return signals(at, 0 if empty else 40)
        case PaneName.PORTFOLIO:
            return portfolio(at, 0 if empty else 30)
        case PaneName.DATA:
            return data(at, late=late, rows=0 if empty else 14)
