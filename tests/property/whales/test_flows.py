"""Net flows are additive over time and coins, exact, and blind to what moves within and between exchanges."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from functions.whales.flow import Flow, daily_flows, hourly_flows, readings_at
from functions.whales.rules import WhaleRules
from functions.whales.transaction import Party, Transaction

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
EXCHANGES = ("binance", "kraken", "okx")
parties = st.sampled_from([Party(name, name, "exchange") for name in EXCHANGES] + [Party("x"), Party("y", "fund", "other")])
transactions = st.builds(
    Transaction,
    blockchain=st.just("bitcoin"),
    hash=st.uuids().map(str),
    part=st.just("0"),
    at=st.integers(0, 72 * 3600 - 1).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    action=st.sampled_from(["transfer", "transfer", "transfer", "mint", "burn"]),
    asset=st.sampled_from(["BTC", "WBTC", "ETH", "USDT"]),
    amount=st.just(Decimal(1)),
    amount_usd=st.decimals(1, 10**10, places=2),
    sender=parties,
    recipient=parties,
)
batches = st.lists(transactions, max_size=40)


def net(flows: Sequence[Flow]) -> Decimal:
    return sum((flow.net for flow in flows), Decimal(0))


def expected(batch: Sequence[Transaction]) -> Decimal:
    """The net flow by its definition, one transaction after another."""
    total = Decimal(0)
    for one in batch:
        if one.action == "transfer" and one.sender.is_exchange != one.recipient.is_exchange:
            total += one.amount_usd if one.recipient.is_exchange else -one.amount_usd
    return total


@given(batch=batches, place=st.integers(0, 40))
def test_net_flow_is_the_same_however_time_and_coins_are_divided(batch: list[Transaction], place: int) -> None:
    whole = hourly_flows(batch)
    assert net(whole) == expected(batch) == net(daily_flows(whole))
    assert net(whole) == net(hourly_flows(batch[:place])) + net(hourly_flows(batch[place:]))
    by_coin = [[one for one in batch if one.coin == coin] for coin in ("BTC", "ETH", "USDT")]
    assert net(whole) == sum((net(hourly_flows(part)) for part in by_coin), Decimal(0))
    assert sum(flow.transactions for flow in whole) == len(batch)
    assert sum((flow.moved for flow in whole), Decimal(0)) == sum((one.amount_usd for one in batch), Decimal(0))


@given(batch=batches)
def test_moves_within_and_between_exchanges_are_no_net_flow(batch: list[Transaction]) -> None:
    among = [one for one in batch if one.sender.is_exchange and one.recipient.is_exchange]
    assert net(hourly_flows(among)) == 0


@given(batch=batches, order=st.randoms())
def test_order_does_not_matter(batch: list[Transaction], order: object) -> None:
    shuffled = list(batch)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert hourly_flows(shuffled) == hourly_flows(batch)


@given(batch=batches, end=st.integers(0, 80))
def test_readings_are_readings(batch: list[Transaction], end: int) -> None:
    for reading in readings_at(NOON + end * timedelta(hours=1), hourly_flows(batch), WhaleRules()):
        assert -1 <= reading.value <= 1
        assert reading.confidence in (0.0, 0.05)
