"""Panes written by hand, for the screens to paint."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from functions.factors.answers import SourceReading
from functions.panes.answers import (
    CandleShown,
    CandlesRow,
    ClosedRow,
    DataPane,
    Delivered,
    Machine,
    MarketPane,
    MarketRow,
    Pane,
    PartRow,
    PortfolioPane,
    SignalPane,
    SignalsPane,
    SourceRow,
)
from functions.panes.names import PaneName
from functions.paper.report import (
    AccountCurve,
    AccountReport,
    AccountsReport,
    EquityCurves,
    EquityPoint,
    HeldBeside,
    OpenAt,
    PricePoint,
)
from functions.paper.settling.position import Side
from functions.performance.answers import FigureAnswer, ReadinessAnswer
from functions.performance.metrics.summary import Track
from functions.performance.metrics.trades import TradeOutcomes
from functions.performance.readiness.assessment import Seen, assess
from functions.performance.readiness.coin_toss import ExitPlan
from functions.scoring.answers import Gate, StandingSignal

NOW = datetime(2024, 3, 5, 14, 17, tzinfo=UTC)
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
COINS = (
    ("BTC", 67123.4), ("ETH", 3711.82), ("SOL", 131.57), ("1000PEPE", 0.0091204), ("DOGE", 0.18342), ("XRP", 0.64107),
    ("WIF", 2.3104), ("BNB", 412.6), ("SHIB1000", 0.033871), ("AVAX", 43.122), ("ADA", 0.74411), ("LINK", 20.114),
    ("1000FLOKI", 0.24418), ("SUI", 1.6733), ("NEAR", 4.4021), ("ARB", 2.1018), ("OP", 4.3377), ("LTC", 90.14), ("TIA", 16.331),
    ("1000BONK", 0.0000098045),
)  # fmt: skip
SIGNALLED = (("SOLUSDT", "155.23", "3.11"), ("1000PEPEUSDT", "0.0000098045", "0.0000001731"), ("ETHUSDT", "3165.2", "48.6"))
FIGURES = {"win_rate": 0.571, "profit_factor": 1.45, "expectancy_r": 0.182, "max_drawdown": 0.024, "sharpe": 1.74}
GATE = Gate(symbol="BTCUSDT", regime=1, since=NOW - 3 * DAY)


def market(at: datetime = NOW, *, late: bool = False, rows: int = 20) -> MarketPane:
    """A market of some pairs; late when its candles are two hours old."""
    closed = at - (timedelta(hours=2) if late else timedelta(minutes=2))
    moods = [
        SourceReading(
            source=source, symbol="MARKET", value=value, confidence=0.5, as_of=at - age, age_seconds=age.total_seconds(),
            stale=late, evidence={"value": shown} if shown else {},
        )
        for source, value, age, shown in (
            ("fear_greed", 0.5, DAY, 75), ("dominance", 0.0, timedelta(hours=1), 52.4), ("news", 0.31, timedelta(minutes=41), 0)
        )
    ]  # fmt: skip
    pairs = [
        MarketRow(
            symbol=f"{coin}USDT",
            price=price,
            closed_at=closed,
            age_seconds=(at - closed).total_seconds(),
            change_24h=(7 - number) / 190,
            turnover_24h=2e9 / (number + 1),
            trend=(1, 0, -1, None)[number % 4],
            strength=0.5,
            score=88.0 - 4 * number,
            confidence=0.5 + (number * 7 % 40) / 100,
            scored_at=closed,
            closes=[price * (1 + (7 - number) / 190 * hour / 24 + ((hour * (number + 3)) % 7) / 700) for hour in range(24)],
        )
        for number, (coin, price) in list(enumerate(COINS))[:rows]
    ]
    return MarketPane(as_of=at, gate=GATE, moods=moods, rows=pairs)


def signal(number: int, at: datetime = NOW, **changes: Any) -> StandingSignal:
    """A signal."""
    symbol, entry, risk = SIGNALLED[number % 3]
    up = 1 - 2 * (number % 2)
    values: dict[str, Any] = {
        "signal_id": number,
        "symbol": symbol,
        "direction": "LONG" if up > 0 else "SHORT",
        "timeframe": "15m",
        "close_time": at - number * QUARTER,
        "score": 72.0,
        "confidence": 0.6 + number / 100,
        "coverage": 0.8,
        "factors": [
            {"factor": factor, "points": points, "side": side, "value": points and points / 20, "confidence": 0.6, "sources": []}
            for factor, points, side in (
                ("technical", 14.2, "agrees"),
                ("sentiment", 5.1, "agrees"),
                ("onchain", 3.9, "agrees"),
                ("context", -1.4, "neutral"),
                ("momentum", None, "silent"),
            )
        ],
        "entry": entry,
        "stop": str(Decimal(entry) - up * Decimal(risk)),
        "targets": [str(Decimal(entry) + up * Decimal(risk) * times) for times in (1, 2, 4)],
        "risk_reward": 2.2,
        "position_pct": 5.0,
        "obstacles": [],
        "reasons": [
            {"code": "gate_open", "params": {}, "text": "BTCUSDT's daily close is above EMA50 and EMA200"},
            {"code": "trend", "params": {}, "text": "the trend of 4h is up, of 1h as well"},
        ],
        "indicators": {},
        "source": "score",
        "created_at": at - number * QUARTER,
        "expires_at": at - number * QUARTER + timedelta(hours=1),
        "state": ("new", "active", "hit_tp", "hit_sl", "expired")[number % 5],
        "ended_at": None,
        **changes,
    }
    return StandingSignal.model_validate(values)


def scored_to(at: datetime, *, late: bool) -> datetime:
    """The newest close that is scored; two hours old when the desk is late."""
    return at - (timedelta(hours=2) if late else timedelta(minutes=2))


def signals(at: datetime = NOW, count: int = 40, *, late: bool = False) -> SignalsPane:
    """A week of signals."""
    return SignalsPane(
        as_of=at,
        gate=GATE,
        signals=[signal(number, at) for number in range(1, count + 1)],
        setups_24h=35,
        rejected_24h={"gate_against": 16, "no_consensus": 7},
        scored_to=scored_to(at, late=late) if count else None,
    )


def one_signal(number: int, at: datetime = NOW, *, candles: int = 80) -> SignalPane:
    """A signal with the candles round its close, the prices rising towards its first target."""
    shown = signal(number, at)
    entry, stop, first = float(shown.entry), float(shown.stop), float(shown.targets[0])
    made = []
    for place in range(candles):
        moved = (place - 40) / 40 * abs(first - entry)
        middle = entry + moved - abs(entry - stop) * 0.4 * ((place * 7) % 5 - 2) / 4
        half = abs(entry - stop) * 0.15 * (1 if place % 3 else -1)
        made.append(
            CandleShown(
                closed_at=shown.close_time + (place - 39) * QUARTER, open=middle - half, close=middle + half,
                high=middle + abs(half) * 2, low=middle - abs(half) * 2,
            )
        )  # fmt: skip
    return SignalPane(as_of=at, signal=shown, candles=made)


def portfolio(at: datetime = NOW, days: int = 30, *, late: bool = False) -> PortfolioPane:
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

    held = OpenAt(
        account="desk", symbol="ETHUSDT", side=Side.LONG, opened_at=at - DAY, entry=Decimal("3165.2"), quantity=Decimal("0.03"),
        cost=Decimal("94.956"), price=Decimal("3190.4"), unrealised=Decimal("0.756"), unrealised_pct=0.8,
    )  # fmt: skip
    accounts = [account("desk", shadow=False), account("random", shadow=True)] if days else []
    return PortfolioPane(
        as_of=at,
        report=AccountsReport(
            as_of=at, since=at - DAY, last_fill=0, accounts=accounts, open=[held] if days else [],
            held=HeldBeside(symbol="BTCUSDT", since=at - DAY, price=Decimal(30000), change_pct=3.4, return_pct=None),
            priced_at=scored_to(at, late=late) if days else None,
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
        figures=[FigureAnswer.of(name, value, None, None) for name, value in FIGURES.items()] if days else [],
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
        delivered=Delivered(
            messages=8, newest_at=closed, age_seconds=age, signals=3, median_seconds=0.94, p99_seconds=1.61
        ) if rows else Delivered(messages=0, newest_at=None, age_seconds=None, signals=0, median_seconds=None, p99_seconds=None),
        machine=Machine(cpu_percent=12, memory_percent=34, database_bytes=61 * 2**20),
    )  # fmt: skip


def readiness(at: datetime = NOW, days: int = 21, *, late: bool = False) -> ReadinessAnswer:
    """Three weeks of a desk that earns, by figures made up for it; nothing on the first day."""
    random = np.random.default_rng(5)
    trades = 2 * days
    r = random.choice([-1.03, 0.2, 1.1, 2.2], size=trades, p=[0.42, 0.25, 0.2, 0.13])
    closed = np.array([1000 * int((at - (days - number / 2) * DAY).timestamp()) for number in range(trades)], dtype=np.int64)
    outcomes = TradeOutcomes(opened_at=closed - 1, closed_at=closed, profit=5 * r, r=r, traded=np.full(trades, 100.0))
    daily = np.bincount(np.arange(trades) // 2, weights=5 * r, minlength=days) if days else np.array([])
    track = Track(first_day=(at - days * DAY).date(), start=1000.0, equity=1000 + np.cumsum(daily), trades=outcomes)
    seen = Seen(
        track=track, plans=[ExitPlan((0.7, 2.0, 4.0), 0.03, 0.005)] * trades, btc=np.full(days, 0.001), closes_due=96 * days,
        closes_in_time=96 * days - 3 * (days > 0), latencies=np.full(5 * days, 1.4), signals=5 * days, signal_days=float(days),
    )  # fmt: skip
    return ReadinessAnswer.of(at, assess(seen), scored_to(at, late=late) if days else None)


def pane(name: PaneName, at: datetime = NOW, *, late: bool = False, empty: bool = False) -> Pane:
    """Any of them."""
    match name:
        case PaneName.MARKET:
            return market(at, late=late, rows=0 if empty else 20)
        case PaneName.SIGNALS:
            return signals(at, 0 if empty else 40, late=late)
        case PaneName.PORTFOLIO:
            return portfolio(at, 0 if empty else 30, late=late)
        case PaneName.DATA:
            return data(at, late=late, rows=0 if empty else 14)
        case PaneName.READINESS:
            return readiness(at, days=0 if empty else 21, late=late)


class Reader:
    """Answers with these panes.

    Args:
        late: the candles, processes and sources are two hours old.
        empty: nothing was ever stored.
    """

    def __init__(self, *, late: bool = False, empty: bool = False) -> None:
        self.asked: list[datetime | None] = []
        self.away: Exception | None = None
        self._late, self._empty = late, empty

    def read(self, name: PaneName, as_of: datetime | None = None) -> Pane:
        """Return a pane; raises what `away` is set to."""
        self.asked.append(as_of)
        if self.away:
            raise self.away
        return pane(name, as_of or NOW, late=self._late, empty=self._empty)

    def signal(self, number: int, as_of: datetime | None = None) -> SignalPane:
        """Return a signal with its candles."""
        if self.away:
            raise self.away
        return one_signal(number, as_of or NOW)
