"""Payloads as the other capabilities make them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, insert, text

from db import tables
from functions.digest.missing import Missing, MissingPart
from functions.digest.payload import DailyReport, Digest
from functions.factors.reading import Factor
from functions.levels.level import Direction
from functions.listings.answers import Announced, ListingAlert
from functions.outbox import raise_alert
from functions.paper.answers import Account, AccountStopped, OpenTrade, TradeClosed, TradeHeld, TradeOpened
from functions.paper.report import AccountReport, AccountsReport, HeldBeside, OpenAt
from functions.paper.settling.position import FillReason
from functions.paper.settling.position import Side as TradeSide
from functions.price_alerts.messages import AlertFired
from functions.reasons import reason
from functions.scoring.answers import CoinScore, RejectionRow, Rejections
from functions.scoring.document import SOURCE, Side
from functions.scoring.reasons import Code as ScoreCode
from functions.technical.setups.reasons import Code

CLOSE = datetime(2024, 3, 5, 12, tzinfo=UTC)
REASONS = [
    reason(Code.GATE_OPEN, symbol="BTCUSDT", side="above", averages="EMA50 and EMA200").as_json(),
    reason(Code.DAILY_TREND, trend="up", strength=0.8).as_json(),
    reason(Code.STOP_BASIS, distance=0.03, day=2.0, four=4.0).as_json(),
]


def said(factor: Factor, side: Side, value: float, confidence: float, points: float, *sources: dict[str, Any]) -> dict[str, Any]:
    """What one factor says, as a signal's document has it."""
    return {
        "factor": factor.value,
        "side": side.value,
        "value": value,
        "confidence": confidence,
        "points": points,
        "sources": list(sources),
    }


def source(name: str, value: float, confidence: float, age: timedelta, *, market: bool = False) -> dict[str, Any]:
    """What one source says."""
    as_of = (CLOSE - age).isoformat()
    return {"source": name, "market": market, "value": value, "confidence": confidence, "publishers": 1, "as_of": as_of}


def silent(factor: Factor) -> dict[str, Any]:
    """A factor of which nothing fresh is known."""
    return {"factor": factor.value, "side": Side.SILENT.value, "value": None, "confidence": 0.0, "points": None, "sources": []}


FACTORS = [
    said(Factor.TECHNICAL, Side.AGREES, 0.8, 1.0, 26.67, source("trends", 0.8, 1.0, timedelta(0))),
    said(Factor.SENTIMENT, Side.AGAINST, -0.3, 0.4, -2.4, source("news", -0.3, 0.4, timedelta(minutes=95))),
    silent(Factor.ONCHAIN),
    said(Factor.CONTEXT, Side.NEUTRAL, 0.05, 0.25, 0.1, source("fear_greed", 0.05, 0.5, timedelta(hours=30), market=True)),
    said(Factor.MOMENTUM, Side.AGREES, 0.5, 0.9, 3.75, source("moves", 0.5, 0.9, timedelta(days=3))),
]


def rejection_payload(symbol: str = "SOLUSDT", number: int = 1, **changes: Any) -> dict[str, Any]:
    """A rejection as HTTP answers have it."""
    reasons = [
        reason(ScoreCode.NO_CONSENSUS, agreeing=2, limit=3).as_json(),
        reason(ScoreCode.CONFIDENCE_LOW, confidence=0.43, limit=0.65).as_json(),
    ]
    row = {
        "rejection_id": number,
        "symbol": symbol,
        "timeframe": "15m",
        "close_time": CLOSE,
        "age_seconds": 60.0,
        "direction": "LONG",
        "entry": "128.35",
        "stop": "113.62",
        "targets": ["138.66", "157.8", "187.3"],
        "risk_reward": 2.2,
        "expires_at": CLOSE + timedelta(hours=1),
        "code": "no_consensus",
        "reasons": reasons,
        "setup_reasons": REASONS,
        "score": 62.0,
        "coverage": 0.6,
        "confidence": 0.43,
        "factors": FACTORS,
        **changes,
    }
    return RejectionRow.model_validate(row).model_dump(mode="json")


GATE = {"symbol": "BTCUSDT", "regime": 1, "since": (CLOSE - timedelta(days=4)).isoformat()}


def rejections_payload(**changes: Any) -> dict[str, Any]:
    """What became of a day's setups."""
    found = {
        "as_of": CLOSE,
        "since": CLOSE - timedelta(hours=24),
        "gate": GATE,
        "scored_to": CLOSE,
        "setups": 21,
        "signals": 1,
        "counts": {"no_consensus": 12, "cooldown": 8},
        "rejections": [rejection_payload(number=number) for number in range(1, 9)],
        **changes,
    }
    return Rejections.model_validate(found).model_dump(mode="json")


def coin_payload(**changes: Any) -> dict[str, Any]:
    """What is known of a coin without a live signal."""
    score = {
        "symbol": "SOLUSDT",
        "close_time": CLOSE,
        "age_seconds": 60.0,
        "as_of": CLOSE,
        "score": 62.0,
        "coverage": 0.6,
        "confidence": 0.43,
        "points": {},
    }
    rows = [{"factor": one["factor"], "weight": 0.2, "now": one, "readings": []} for one in FACTORS]
    found = {
        "symbol": "SOLUSDT",
        "as_of": CLOSE,
        "gate": GATE,
        "score": score,
        "factors": rows,
        "signal": None,
        "rejection": rejection_payload(),
        **changes,
    }
    return CoinScore.model_validate(found).model_dump(mode="json")


def signal_payload(symbol: str = "BTCUSDT", number: int = 1, **changes: Any) -> dict[str, Any]:
    """The payload of a signal's alert."""
    return {
        "signal_id": number,
        "symbol": symbol,
        "direction": "LONG",
        "timeframe": "15m",
        "score": 78.1,
        "confidence": 0.72,
        "coverage": 0.6,
        "factors": FACTORS,
        "position_pct": 5.0,
        "obstacles": [],
        "entry": "67120.5",
        "stop": "65100.0",
        "targets": ["68534.8", "71161.5", "75202.5"],
        "risk_reward": 2.23,
        "reasons": REASONS,
        "indicators": {"rsi": 55.5},
        "source": SOURCE,
        "created_at": CLOSE.isoformat(),
        "close_time": CLOSE.isoformat(),
        "expires_at": (CLOSE + timedelta(hours=1)).isoformat(),
        **changes,
    }


def write_signal(connection: Connection, symbol: str, *, now: datetime | None = None, **changes: Any) -> int:
    """Write a signal and its alert."""
    now = now or datetime.now(UTC)
    close = changes.pop("close_time", now)
    values = signal_payload(
        symbol,
        0,
        created_at=close.isoformat(),
        close_time=close.isoformat(),
        expires_at=(close + timedelta(hours=1)).isoformat(),
        **changes,
    )
    number: int = connection.execute(
        text("""INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, score, confidence, coverage,
                    factors, entry, stop, targets, risk_reward, position_pct, obstacles, reasons, indicators, created_at,
                    expires_at)
                VALUES (:symbol, :timeframe, :close, 1, :source, :direction, :score, :confidence, :coverage,
                    CAST(:factors AS jsonb), :entry, :stop, :targets, :risk_reward, :position_pct, :obstacles,
                    CAST(:reasons AS jsonb), '{"rsi": 55.5}', :close, :expires) RETURNING id"""),
        {
            **{name: values[name] for name in ("symbol", "timeframe", "source", "direction", "score", "confidence", "coverage")},
            **{name: values[name] for name in ("risk_reward", "position_pct", "obstacles")},
            "factors": orjson.dumps(values["factors"]).decode(),
            "entry": Decimal(values["entry"]),
            "stop": Decimal(values["stop"]),
            "targets": [Decimal(target) for target in values["targets"]],
            "reasons": orjson.dumps(values["reasons"]).decode(),
            "close": close,
            "expires": close + timedelta(hours=1),
        },
    ).scalar_one()
    payload = {**values, "signal_id": number}
    raise_alert(
        connection, key=f"signal:{number}", kind="signal", payload=payload, created_at=now, expires_at=now + timedelta(hours=1)
    )
    return number


def write_rejection(connection: Connection, symbol: str, close: datetime, **changes: Any) -> int:
    """Write a setup and its rejection."""
    row = rejection_payload(symbol, **changes)
    setup = {"symbol": symbol, "timeframe": row["timeframe"], "close_time": close, "version": 1}
    plan = {name: Decimal(row[name]) for name in ("entry", "stop")}
    targets = [Decimal(target) for target in row["targets"]]
    about = {"direction": row["direction"], "targets": targets, "risk_reward": row["risk_reward"], "cost": 0.03, **plan}
    moments = {"created_at": close, "expires_at": close + timedelta(hours=1)}
    connection.execute(insert(tables.setup).values(**setup, **about, reasons=row["setup_reasons"], **moments))
    columns = {name: row[name] for name in ("code", "reasons", "score", "coverage", "confidence", "factors")}
    statement = insert(tables.rejection).values(**setup, failed=16, created_at=close, **columns)
    number: int = connection.execute(statement.returning(tables.rejection.c.id)).scalar_one()
    return number


def trade_opened() -> dict[str, Any]:
    """The payload of `trade_opened`, as paper trading writes it."""
    opened = TradeOpened(
        trade_id=7,
        symbol="BTCUSDT",
        side=TradeSide.LONG,
        source="manual",
        chat="5000000001",
        at=CLOSE,
        price=Decimal("67120.5"),
        quantity=Decimal("0.0014"),
        cost=Decimal("93.9687"),
        fee=Decimal("0.0939687"),
        stop=Decimal("65100"),
        targets=[Decimal(68534), Decimal(71161)],
        risk=Decimal("2.8287"),
        cash=Decimal("905.9373"),
    )
    return opened.model_dump(mode="json")


def trade_closed(*, final: bool = True, r: float | None = 1.2, reason: FillReason = FillReason.TARGET_1) -> dict[str, Any]:
    """The payload of `trade_closed`."""
    closed = TradeClosed(
        trade_id=7,
        symbol="BTCUSDT",
        side=TradeSide.LONG,
        source="signal",
        chat=None,
        asked_by=None,
        reason=reason,
        at=CLOSE,
        opened_at=CLOSE - timedelta(hours=5),
        entry=Decimal("67120.5"),
        price=Decimal("68534.8"),
        quantity=Decimal("0.0005"),
        fee=Decimal("0.034"),
        profit=Decimal("0.70"),
        remaining=Decimal(0) if final else Decimal("0.0009"),
        final=final,
        stop=None if final else Decimal("67120.5"),
        trade_profit=Decimal("-1234.5678"),
        trade_profit_pct=-1.5,
        r=r,
        cash=Decimal("940.1"),
    )
    return closed.model_dump(mode="json")


def account() -> Account:
    """An account with something open."""
    return Account(
        start=Decimal(1000),
        cash=Decimal(900),
        positions=Decimal(94),
        unrealised=Decimal("3.5"),
        equity=Decimal("997.5"),
        fees=Decimal("0.4"),
        net_profit=Decimal(-6),
        return_pct=-0.25,
        stale=[],
    )


def open_trade() -> OpenTrade:
    """A trade at an old price."""
    return OpenTrade(
        trade_id=7,
        symbol="BTCUSDT",
        side=TradeSide.LONG,
        source="manual",
        opened_at=CLOSE,
        entry=Decimal("67120.5"),
        quantity=Decimal("0.0014"),
        cost=Decimal("93.97"),
        stop=None,
        targets=[],
        price=None,
        price_age_seconds=None,
        stale=True,
        unrealised=Decimal(0),
        unrealised_pct=0.0,
    )


def account_stopped() -> dict[str, Any]:
    """The payload of `account_stopped`."""
    return AccountStopped(account="desk", at=CLOSE, detail="expected cash + positions + fees + realised = start").model_dump(
        mode="json"
    )


def price_alert(direction: Direction = Direction.RISING, late: timedelta = timedelta(0)) -> dict[str, Any]:
    """The payload of `price_alert`."""
    fired = AlertFired(
        alert_id=3,
        chat="7000000042",
        symbol="PEPEUSDT",
        price=Decimal("0.0000123"),
        direction=direction,
        set_at=CLOSE,
        set_price=Decimal("0.0000117"),
        at=CLOSE,
        told_at=CLOSE + late,
    )
    return fired.model_dump(mode="json")


def price_doubted() -> dict[str, Any]:
    """The payload of `price_doubted`."""
    return {"symbol": "PEPEUSDT", "at": CLOSE.isoformat(), "last": "0.0000123", "price": "0.0123"}


def trade_held(why: Literal["price_jump", "failed"] = "price_jump") -> dict[str, Any]:
    """The payload of `trade_held`."""
    jumped = why == "price_jump"
    held = TradeHeld(
        trade_id=7,
        symbol="PEPEUSDT",
        side=TradeSide.LONG,
        chat=None,
        why=why,
        at=CLOSE,
        last=Decimal("0.0000123") if jumped else None,
        price=Decimal("0.0123") if jumped else None,
    )
    return held.model_dump(mode="json")


def account_report(name: str, *, shadow: bool, **changes: Any) -> AccountReport:
    """One account of a daily report."""
    figures = {"equity": Decimal("1003.2"), "equity_before": Decimal(1000), "change": Decimal("3.2"), "booked": Decimal("-6.4")}
    counts = {"opened": 2, "closed": 1, "won": 0, "open": 1, "unpriced": []}
    rest = {"start": Decimal(1000), "opened_at": CLOSE, "return_pct": 0.32, "change_pct": 0.32, "fees": Decimal("0.4")}
    return AccountReport.model_validate({"name": name, "shadow": shadow, **figures, **counts, **rest, **changes})


def accounts_report() -> AccountsReport:
    """All accounts beside BTC."""
    shadows = [account_report(name, shadow=True, equity=Decimal(990), open=0) for name in ("technical", "watch_list", "random")]
    trade = OpenAt(
        account="manual",
        symbol="BTCUSDT",
        side=TradeSide.LONG,
        opened_at=CLOSE,
        entry=Decimal(67000),
        quantity=Decimal("0.0015"),
        cost=Decimal("100.5"),
        price=Decimal(67120),
        unrealised=Decimal("0.18"),
        unrealised_pct=0.18,
    )
    return AccountsReport(
        as_of=CLOSE,
        since=CLOSE - timedelta(hours=24),
        last_fill=3,
        accounts=[shadows[0], account_report("desk", shadow=False), account_report("manual", shadow=False), *shadows[1:]],
        held=HeldBeside(symbol="BTCUSDT", since=CLOSE, price=Decimal(67120), change_pct=1.5, return_pct=-2.25),
        priced_at=CLOSE,
        open=[trade],
    )


def daily_report() -> dict[str, Any]:
    """The payload of `daily_report`."""
    return DailyReport(day=CLOSE.date(), report=accounts_report()).model_dump(mode="json")


def digest() -> dict[str, Any]:
    """The payload of `digest`, with every block filled."""
    why = {"code": "trend_up", "params": {"strength": 0.8, "adx": 31.0}, "text": "daily uptrend (strength 80%, ADX 31)"}
    price = {"price": "67120.5", "change_24h": 0.021, "age_seconds": 2, "stale": False}
    reading = {"value": 61, "label": "Greed & <more>", "source": "x", "age_seconds": 3600}
    coin = {"rank": 1, "symbol": "ETHUSDT", "score": 0.9, "coverage": 1, "direction": "up", "price": None, "reasons": [why]}
    signal = {
        "signal_id": 3,
        "symbol": "ETHUSDT",
        "direction": "LONG",
        "timeframe": "1h",
        "confidence": 0.8,
        "entry": "3500",
        "created_at": CLOSE,
        "age_seconds": 60,
    }
    found = Digest.model_validate(
        {
            "day": CLOSE.date(),
            "as_of": CLOSE,
            "market": {
                "symbol": "BTCUSDT",
                "price": price,
                "gate": {"state": "long", "trend": "up", "close_time": CLOSE, "age_seconds": 5},
                "breadth": {
                    "coins": 40,
                    "above_ema50": 0.6,
                    "above_ema200": 0.5,
                    "known_ema200": 30,
                    "late": 0,
                    "age_seconds": 9,
                },
                "fear_greed": reading,
                "btc_dominance": reading,
            },
            "screening": {"as_of": CLOSE, "age_seconds": 5, "stale": False, "considered": 9, "ranked": 5, "coins": [coin]},
            "paper": {"account": account(), "open": [open_trade()], "opened_24h": 1, "profit_24h": "1.5"},
            "signals": [signal],
            "signals_count": 1,
            "held_back": [
                {
                    "code": "cost_too_high",
                    "params": {"cost": 0.08, "limit": 0.05},
                    "text": "cost < 5%",
                    "count": 4,
                    "symbols": ["ADAUSDT"],
                }
            ],
            "unsent": {"held": 3, "expired": 1, "dead": 1},
            "listings": [
                {"symbol": "NEWUSDT", "event": "listed", "at": CLOSE},
                {"symbol": "OLDUSDT", "event": "delisted", "at": CLOSE},
            ],
            "headlines": [
                {
                    "title": "Fees < 1% & <b>more</b>",
                    "link": "https://news.example/a?b=1&c=2",
                    "feed": "News",
                    "published_at": CLOSE,
                    "age_seconds": 5,
                }
            ],
            "missing": [Missing.of(MissingPart.FEAR_GREED_NONE)],
        }
    )
    return found.model_dump(mode="json")


def regime(found: int, before: int) -> dict[str, Any]:
    """The payload of `regime`."""
    return {"symbol": "BTCUSDT", "regime": found, "before": before, "close_time": CLOSE.isoformat()}


def listing(event: Literal["listed", "delisted"] = "listed") -> dict[str, Any]:
    """The payload of `listing` and `delisting`."""
    found = ListingAlert(
        symbol="NEWUSDT",
        event=event,
        base="NEW",
        kind="",
        scanned=False,
        at=CLOSE,
        seen_after=None,
        price="0.000012",
        volume_24h=1.5e9,
        turnover_24h=18_000.0,
        price_age_seconds=3.0,
        announcement=Announced(title="New <listing> & more", url="https://announcements.bybit.com/en/x?a=1&b=2"),
    )
    return found.model_dump(mode="json")


def failed_run() -> dict[str, Any]:
    """The payload of `failed_run`."""
    return {"workflow": "Candles <closed>", "node": "Scan & go", "message": "ECONNREFUSED " * 400, "execution_id": "12"}


def whale(kind: str = "inflow", action: str = "transfer") -> dict[str, Any]:
    """A large transaction as it is told."""
    return {
        "symbol": "ETHUSDT",
        "asset": "ETH",
        "amount": 5000.0,
        "usd": 12_345_678.9,
        "kind": kind,
        "action": action,
        "from": "",
        "to": "bin<ance>",
        "blockchain": "ethereum",
        "hash": "f" * 64,
        "at": CLOSE.isoformat(),
    }


def odds_moved() -> dict[str, Any]:
    """The payload of `odds_moved`."""
    move = {"question": "Will BTC be above <$64,000>?", "outcome": "Yes", "symbol": "BTCUSDT", "before": 0.41, "after": 0.58}
    moves = [{**move, "since": CLOSE.isoformat(), "confirmed_by": by} for by in ("reads", "trades")]
    return {"event": "Bitcoin & March", "slug": "bitcoin-march", "at": CLOSE.isoformat(), "markets": moves, "symbol": "BTCUSDT"}


def odds_resolved() -> dict[str, Any]:
    """The payload of `odds_resolved`."""
    ends = [{"question": "Will BTC be above $64,000?", "winner": "Yes"}, {"question": "Above $80,000?", "winner": "neither"}]
    return {"event": "Bitcoin & March", "slug": "", "at": CLOSE.isoformat(), "markets": ends}


def mood_shift() -> dict[str, Any]:
    """The payload of `mood_shift`."""
    movers = {"CoinDesk": -0.8, "A <feed>": -0.4}
    return {
        "at": CLOSE.isoformat(),
        "hours": 4.0,
        "shifts": [
            {"coin": "BTC", "delta": -0.65, "value": -0.25, "movers": movers},
            {"coin": "MARKET", "delta": 0.4, "value": 0.5, "movers": movers},
        ],
    }


def coin_mood(coin: str = "BTC", value: float = 0.42) -> dict[str, Any]:
    """A score as `GET /sentiment/scores` answers it."""
    return {
        "coin": coin,
        "value": value,
        "confidence": 0.6,
        "publishers": 2,
        "voices": {"CoinDesk": 0.5, "X": 0.2},
        "shift": 0.35,
    }


def headline(title: str = "BTC < $60K & rising", value: float | None = 0.8, **changes: Any) -> dict[str, Any]:
    """A headline as `GET /sentiment/news?coin=` answers it."""
    return {
        "feed": "CoinDesk",
        "title": title,
        "link": 'https://news.example/?a=1&b="2"',
        "published_at": (CLOSE - timedelta(minutes=75)).isoformat(),
        "value": value,
        **changes,
    }


def mood_readings() -> list[dict[str, Any]]:
    """What the sources of mood say, one of them stale."""
    said = {
        "dominance": {"value": 54.3, "by": "CoinGecko"},
        "fear_greed": {"value": 71, "label": "Greed", "by": "alternative.me"},
        "trending": {"coins": [{"symbol": "PEPE"}, {"symbol": "<b>"}], "by": "CoinGecko"},
    }
    at = (CLOSE - timedelta(hours=3)).isoformat()
    return [
        {"source": source, "value": 0.4, "as_of": at, "stale": source == "dominance", "evidence": evidence}
        for source, evidence in said.items()
    ]


def crowd_readings() -> list[dict[str, Any]]:
    """What votes and posts say of a coin."""
    at = (CLOSE - timedelta(hours=1)).isoformat()
    return [
        {"source": source, "value": -0.2, "as_of": at, "stale": False, "evidence": {"value": 66.6, "by": by}}
        for source, by in (("lunarcrush", "LunarCrush"), ("votes", "CoinGecko"))
    ]


def order_filled() -> dict[str, Any]:
    """A dip order that filled, the second of its day."""
    return {
        "account": "dips",
        "order_id": 7,
        "trade_id": 12,
        "symbol": "SUIUSDT",
        "at": "2024-03-05T08:01:02+00:00",
        "price": "93",
        "quantity": "0.31",
        "cost": "28.83",
        "fee": "0.02883",
        "stop": "77",
        "targets": ["104.2", "125", "157"],
        "risk": "4.96",
        "leaves_at": "2024-03-10T08:05:00+00:00",
        "together": 2,
    }


def dip_evening(code: str = "orders") -> dict[str, Any]:
    """An evening with thirty orders, or without any for a reason."""
    row = {
        "id": 7,
        "symbol": "SUIUSDT",
        "limit": "93",
        "distance": -0.07,
        "stop": "77",
        "targets": ["104.2", "125", "157"],
        "size": 29.06,
        "desk": True,
    }
    return {
        "day": "2024-03-05T00:00:00+00:00",
        "code": code,
        "strength": None if code == "gate_unknown" else 0.04 if code == "btc_weak" else 0.15,
        "needed": 0.1,
        "orders": [row] * 30 if code == "orders" else [],
        "refused": {"no_consensus": 7, "confidence_low": 2} if code == "orders" else {},
    }


def core_week(code: str = "week") -> dict[str, Any]:
    """A setting of the weekly allocation with the account that follows it."""
    return {
        "day": "2024-03-10T00:00:00+00:00",
        "code": code,
        "gate": code != "gate_closed",
        "target": {"btc": 0.091, "basket": 0.091},
        "before": {"btc": 0.12, "basket": 0.06},
        "coins": ["ADAUSDT", "DOTUSDT"],
        "swing": 0.55,
        "traded": "600",
        "costs": "0.6",
        "left": [],
        "since": "2024-03-03T00:05:00+00:00",
        "equity": "10012.4",
        "earned": 0.00124,
        "drawdown": 0.004,
        "under": 0.001,
        "promised": 0.1,
    }
