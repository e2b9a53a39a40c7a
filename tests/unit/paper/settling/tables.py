"""Hand-written candles and fills, as short texts: what the settlement tests and the page on paper trading are written in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Exit, Fill, FillReason, Position, Side, Terms
from functions.paper.settling.prices import Bar

START = datetime(2024, 3, 5, 12, tzinfo=UTC)
SPAN = timedelta(minutes=5)
NOTHING = Costs(fee=Decimal(0), slippage=Decimal(0))
FREE = Terms(tick=Decimal("0.01"), lot=Decimal("0.001"), costs=NOTHING)


def held(side: str = "long", levels: str = "95 / 105 110 115", quantity: str = "3", share: str = "1") -> Position:
    """A position entered at 100; `levels` is `stop / targets`, each side may be empty."""
    stop, _, targets = (part.strip() for part in levels.partition("/"))
    return Position(
        Side(side),
        Decimal(100),
        Decimal(quantity),
        Decimal(stop) if stop else None,
        tuple(map(Decimal, targets.split())),
        target_quantity=Decimal(share),
    )


def candles(text: str) -> list[Bar]:
    """Read `open high low close` of one 5m candle after another, separated by `|`; the first opens at 12:00."""
    rows = [[Decimal(value) for value in row.split()] for row in text.split("|")]
    return [Bar(START + n * SPAN, START + (n + 1) * SPAN, *row) for n, row in enumerate(rows)]


def grid(text: str) -> Candles:
    """Read the same text as a grid of one pair; `-` stands for a candle that is missing."""
    rows = [[float(value) for value in row.split()] if row.strip() != "-" else [np.nan] * 4 for row in text.split("|")]
    begins, high, low, close = (np.array([column]) for column in zip(*rows, strict=True))
    times = int(START.timestamp() * 1000) + np.arange(len(rows)) * Timeframe.M5.milliseconds
    return Candles(Timeframe.M5, ("BTCUSDT",), times, begins, high, low, close, close)


def leaving(text: str) -> Exit | None:
    """Read `HH:MM reason` of the day of the candles; nothing for an empty text."""
    if not text:
        return None
    clock, reason = text.split()
    hour, minute = map(int, clock.split(":"))
    return Exit(START.replace(hour=hour, minute=minute), FillReason(reason))


def ticks(text: str) -> list[Bar]:
    """Read one price after another, a second apart, the first at 12:00:00."""
    return [Bar.tick(START + timedelta(seconds=n), Decimal(value)) for n, value in enumerate(text.split())]


def shown(fills: tuple[Fill, ...]) -> list[str]:
    """Write each fill as `reason quantity @ price at HH:MM`."""
    return [f"{fill.reason} {_short(fill.quantity)} @ {_short(fill.price)} at {fill.at:%H:%M}" for fill in fills]


def _short(value: Decimal) -> str:
    return f"{value.normalize():f}"
