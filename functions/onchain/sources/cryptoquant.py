"""Net flows of all exchanges from CryptoQuant, by coin and day. Needs a paid key.

Source: https://cryptoquant.com/docs, `exchange-flows/netflow` and `exchange-flows/reserve`. Amounts are in the coin itself; rows
come in either order, and that of today is not whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.errors import Broken
from functions.factors.reading import MARKET
from functions.onchain.flows import STABLECOINS, USD, Flow, Said, reserve_reading
from functions.onchain.rules import FlowRules
from functions.onchain.sources.amounts import amount
from functions.outgoing import Source, get_json

DAYS = 7  # that are asked for: a day may lack


@dataclass(frozen=True, slots=True)
class Metric:
    """What is asked of one coin.

    Args:
        name: of the source.
        path: of the coin.
        symbol: a pair, or MARKET.
        asset: of the flow.
        unit: of its amounts.
        sign: of the reading when coins come: -1 for what may be sold, 1 for what may buy.
        of: which stablecoins.
    """

    name: str
    path: str
    symbol: str
    asset: str
    unit: str
    sign: int
    of: str = ""


METRICS = (
    Metric(name="cryptoquant_btc", path="btc", symbol="BTCUSDT", asset="BTC", unit="BTC", sign=-1),
    Metric(name="cryptoquant_eth", path="eth", symbol="ETHUSDT", asset="ETH", unit="ETH", sign=-1),
    Metric(name="cryptoquant_stablecoins", path="stablecoin", symbol=MARKET, asset=STABLECOINS, unit=USD, sign=1, of="all_token"),
)


def read(metric: Metric, source: Source, as_of: datetime, rules: FlowRules) -> Said:
    """Return the net flow of the newest day that is over, beside what lay at the exchanges then.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses the key, or the plan does not pay for it, or its answer cannot be read.
    """
    nets = _days(_ask(metric, source, "netflow"), "netflow_total")
    reserves = _days(_ask(metric, source, "reserve"), "reserve")
    return said_of(metric, nets, reserves, as_of, rules)


def said_of(
    metric: Metric, nets: Mapping[datetime, Decimal], reserves: Mapping[datetime, Decimal], as_of: datetime, rules: FlowRules
) -> Said:
    """Return what net flows and reserves, by the end of their days, say at a moment.

    Raises:
        Broken: no day that is over has both.
    """
    ends = [end for end in nets.keys() & reserves.keys() if end <= as_of and reserves[end] > 0]
    if not ends:
        raise Broken("source_unreadable", f"expected a net flow and a reserve of one day before {as_of:%Y-%m-%d}, got none")
    end = max(ends)
    flow = Flow("all exchanges", metric.asset, nets[end], reserves[end], metric.unit)
    return Said([flow], [reserve_reading(flow, metric.name, metric.symbol, metric.sign, end, rules)], 0, at=end)


def _ask(metric: Metric, source: Source, what: str) -> Any:
    question: dict[str, str | int] = {"exchange": "all_exchange", "window": "day", "limit": DAYS}
    if metric.of:
        question["token"] = metric.of
    return get_json(source, f"/{metric.path}/exchange-flows/{what}", question)


def _days(answer: Any, field: str) -> dict[datetime, Decimal]:
    """Return a figure of each day by the day's end."""
    result = answer.get("result") if isinstance(answer, Mapping) else None
    rows = result.get("data") if isinstance(result, Mapping) else None
    if not isinstance(rows, list):
        raise Broken("source_unreadable", f"expected days with {field}, got {str(answer)[:80]!r}")
    days = {}
    for row in rows:
        value = amount(row.get(field)) if isinstance(row, Mapping) else None
        if value is not None and (end := _end(row.get("date"))):
            days[end] = value
    if rows and not days:
        raise Broken("source_unreadable", f"expected a date and {field}, got {str(rows[0])[:80]!r}")
    return days


def _end(date: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(date)[:10]).replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
