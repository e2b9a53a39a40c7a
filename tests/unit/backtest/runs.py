"""A run to report about: random trades on random coins, with everything that a report can show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.backtest.result import (
    AccountResult,
    BacktestResult,
    BacktestTrade,
    Benchmark,
    DataReport,
    Hashes,
    Prices,
    SignalRate,
    Variant,
)
from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Fill, FillReason, Side

START = datetime(2023, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COINS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


def money(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def trade(number: int, seed: int, days: int) -> BacktestTrade:
    random = np.random.default_rng([seed, number])
    opened = START + float(random.uniform(1, days - 8)) * DAY
    closed = opened + float(random.uniform(0.1, 5)) * DAY
    side, entry, r = Side(random.choice(["long", "short"])), 100 + number % 7, float(random.choice([-1.05, 0.2, 0.85, 2.2]))
    last = entry + side.sign * 8 * r
    entered = Fill(opened, FillReason.ENTRY, money(entry), Decimal(1), Decimal("0.1"), Decimal(0))
    reason = FillReason.STOP if r < 0 else FillReason.TARGET_3
    left = Fill(closed, reason, money(last), Decimal(1), Decimal("0.1"), money(8 * r))
    return BacktestTrade(
        number=number,
        symbol=COINS[number % 3],
        side=side,
        timeframe=Timeframe.H4,
        said_at=opened,
        opened_at=opened,
        closed_at=closed,
        entry=money(entry),
        stop=money(entry - side.sign * 8),
        targets=(money(entry + side.sign * 8),),
        quantity=Decimal(1),
        fills=(entered, left),
        profit=money(8 * r - 0.2),
        fees=Decimal("0.2"),
        risk=Decimal(8),
        reason=reason,
        regime=side.sign,
        score=70.0,
        confidence=float(random.uniform(0.65, 0.99)),
        points={Factor.TECHNICAL: 12.0},
    )


def account(name: str, seed: int, days: int, trades: int) -> AccountResult:
    random = np.random.default_rng(seed)
    curve = 1000 * np.cumprod(1 + np.concatenate(([0.0], random.normal(0.0008, 0.012, days))))
    return AccountResult(
        name=name,
        start=Decimal(1000),
        equity=tuple(money(value) for value in curve),
        exposure=tuple([0.1] * (days + 1)),
        trades=tuple(trade(number, seed, days) for number in range(1, trades + 1)),
        offered=trades + 9,
        refusals={"open_positions": 9},
    )


def run(days: int = 500, trades: int = 120, *, swept: bool = True) -> BacktestResult:
    dates = tuple(START + n * DAY for n in range(days + 1))
    random = np.random.default_rng(9)

    def worth(scale: float) -> tuple[float, ...]:
        return tuple(np.cumprod(1 + np.concatenate(([0.0], random.normal(0.001, scale, days)))).tolist())

    def prices() -> Prices:
        close = 100 * np.cumprod(1 + random.normal(0, 0.03, days))
        opened = np.concatenate(([100.0], close[:-1]))
        high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99
        close[5] = np.nan
        return Prices(dates[:-1], *(tuple(part.tolist()) for part in (opened, high, low, close)))

    def vary(kind: str, values: tuple[str, ...]) -> list[Variant]:
        return [Variant(kind, value, account(value, 50 + n, days, 20)) for n, value in enumerate(values)]

    variants = [
        *vary("cost", ("0", "5", "10", "15", "20")),
        *vary("delay", ("0", "1", "2", "5", "10")),
        *vary("without", ("technical", "sentiment", "onchain")),
    ]
    return BacktestResult(
        rules="signals",
        since=dates[0],
        until=dates[-1],
        days=dates,
        regime=tuple([1] * (days + 1)),
        accounts=tuple(
            account(name, seed, days, trades) for seed, name in enumerate(("desk", "technical", "watch_list", "random"), 1)
        ),
        benchmarks=(Benchmark("btc", worth(0.03)), Benchmark("gated_basket", worth(0.02))),
        variants=tuple(variants) if swept else (),
        rates=(SignalRate("signals", 90, 0.48, 0.02), SignalRate("technical", 900, 0.5, -0.01)),
        setups=900,
        signals=trades + 9,
        rejections={"consensus": 700},
        settings={"risk": "0.005", "coins": "<b>&</script>"},
        prices={coin: prices() for coin in COINS} if swept else {},
        data=DataReport(COINS, dates[0], dates[-1], 432_000, {"SOLUSDT": 14}, ("14 candles lack",)),
        hashes=Hashes("d" * 64, "c" * 64, "e" * 64, "f" * 64),
    )
