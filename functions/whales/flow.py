"""Net flows of an hour or a day, added up from transactions, exactly; and the readings they become."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from functions.factors.reading import MARKET, Factor, FactorReading
from functions.market.candles.timeframe import Timeframe
from functions.pairs import QUOTE
from functions.whales.rules import WhaleRules
from functions.whales.transaction import STABLECOINS, Kind, Transaction

SOURCE = "whale_flow"  # of the readings
HOUR = timedelta(hours=1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved of one coin in a stretch of time that begins at `since`, USD.

        Flow("BTC", hour) + Flow("BTC", next_hour)     # adds the amounts, keeps the first `since`

    Args:
        inflow: to exchanges.
        outflow: from exchanges.
        internal: within one exchange; no net flow.
        cross: between exchanges; no net flow.
        other: everything else.
        transactions: how many there were.
    """

    coin: str
    since: datetime
    inflow: Decimal = ZERO
    outflow: Decimal = ZERO
    internal: Decimal = ZERO
    cross: Decimal = ZERO
    other: Decimal = ZERO
    transactions: int = 0

    @property
    def net(self) -> Decimal:
        """Return what came to exchanges less what left them."""
        return self.inflow - self.outflow

    @property
    def moved(self) -> Decimal:
        """Return all that moved."""
        return self.inflow + self.outflow + self.internal + self.cross + self.other

    def __add__(self, other: "Flow") -> "Flow":
        """Return both together."""
        return Flow(
            coin=self.coin,
            since=min(self.since, other.since),
            inflow=self.inflow + other.inflow,
            outflow=self.outflow + other.outflow,
            internal=self.internal + other.internal,
            cross=self.cross + other.cross,
            other=self.other + other.other,
            transactions=self.transactions + other.transactions,
        )


@dataclass(slots=True)
class _Sums:
    amounts: dict[Kind, Decimal] = field(default_factory=lambda: dict.fromkeys(Kind, ZERO))
    transactions: int = 0


def hourly_flows(transactions: Iterable[Transaction]) -> list[Flow]:
    """Return the flow of each coin in each hour that has a transaction of it, the earliest first."""
    sums: defaultdict[tuple[datetime, str], _Sums] = defaultdict(_Sums)
    for transaction in transactions:
        one = sums[hour_of(transaction.at), transaction.coin]
        one.amounts[transaction.kind] += transaction.amount_usd
        one.transactions += 1
    return [
        Flow(
            coin=coin,
            since=hour,
            inflow=one.amounts[Kind.INFLOW],
            outflow=one.amounts[Kind.OUTFLOW],
            internal=one.amounts[Kind.INTERNAL],
            cross=one.amounts[Kind.CROSS_EXCHANGE],
            other=one.amounts[Kind.OTHER],
            transactions=one.transactions,
        )
        for (hour, coin), one in sorted(sums.items())
    ]


def daily_flows(hourly: Iterable[Flow]) -> list[Flow]:
    """Return the flows of each coin in each UTC day, the earliest first."""
    days: dict[tuple[datetime, str], Flow] = {}
    for flow in hourly:
        day = Timeframe.D1.floor(flow.since)
        whole = days.get((day, flow.coin), Flow(flow.coin, day))
        days[day, flow.coin] = whole + flow
    return [flow for _, flow in sorted(days.items())]


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour of a moment."""
    return Timeframe.H1.floor(moment)


def readings_at(end: datetime, hourly: Sequence[Flow], rules: WhaleRules) -> list[FactorReading]:
    """Return what the flows of the window up to `end`, the end of an hour, say of each coin; of the market for stablecoins.

    `value = -(inflow - outflow) / (inflow + outflow)`: coins that come are for sale. A stablecoin that comes may buy, so its sign
    is the other one. Too little that went in and out has no confidence.
    """
    flows: dict[str, Flow] = {}
    for flow in hourly:
        if end - rules.window <= flow.since < end:
            name = MARKET if flow.coin in STABLECOINS else f"{flow.coin}{QUOTE}"
            flows[name] = flows[name] + flow if name in flows else flow
    readings = []
    for symbol, flow in sorted(flows.items()):
        both = flow.inflow + flow.outflow
        share = float(flow.net / both) if both else 0.0
        readings.append(
            FactorReading(
                symbol=symbol,
                factor=Factor.ONCHAIN,
                source=SOURCE,
                value=share if symbol == MARKET else -share,
                confidence=rules.confidence if both >= rules.least_usd else 0.0,
                as_of=end,
                stale_at=end + rules.life,
                evidence={
                    "inflow_24h_usd": float(flow.inflow),
                    "outflow_24h_usd": float(flow.outflow),
                    "net_24h_usd": float(flow.net),
                    "transactions": flow.transactions,
                    "by": "Whale Alert",
                },
            )
        )
    return readings
