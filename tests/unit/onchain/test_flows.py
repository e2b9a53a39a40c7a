"""What DefiLlama answers, as public clients read it and as it should not be, and the readings that come of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import Broken
from functions.factors.reading import MARKET, Factor
from functions.onchain.flows import ALL, Flow, flow_reading, net_flow, supply_reading
from functions.onchain.rules import FlowRules
from functions.onchain.run.flows import sources
from functions.onchain.sources.amounts import amount
from functions.onchain.sources.exchanges import flows_of
from functions.onchain.sources.stablecoins import supply_of
from functions.outgoing import LONGEST_WAIT, SECONDS, TRY_SECONDS
from n8n import workflows
from tests.conftest import make_settings

RULES = FlowRules()
NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


def coin(now: object, day: object, week: object, peg: str = "peggedUSD") -> dict[str, Any]:
    names = ("circulating", "circulatingPrevDay", "circulatingPrevWeek")
    return {"name": "x", "pegType": peg, **{name: {peg: value} for name, value in zip(names, (now, day, week), strict=True)}}


def exchange(name: str = "Binance", balance: object = 1000.0, flow: object = 10.0) -> dict[str, Any]:
    return {"name": name, "currentTvl": 2000.0, "cleanAssetsTvl": balance, "inflows_24h": flow}


EXCHANGES = [exchange(f"Exchange {number}") for number in range(6)]


def test_supply_adds_up_what_follows_the_dollar() -> None:
    answer = {"peggedAssets": [coin(1010, 1005, 1000), coin("505", 500, 500), coin(7, 7, 7, "peggedEUR")]}
    supply, left_out = supply_of(answer, RULES)
    assert [float(figure) for figure in (supply.now, supply.day_ago, supply.week_ago)] == [1515, 1505, 1500]
    assert (supply.coins, left_out) == (2, 0)


def test_coin_without_an_earlier_figure_is_left_out_on_both_sides() -> None:
    row = coin(100, 100, 100)
    del row["circulatingPrevWeek"]
    supply, left_out = supply_of({"peggedAssets": [coin(1000, 1000, 1000), row, coin(3, None, 3)]}, RULES)
    assert (float(supply.now), left_out) == (1000.0, 2)


def test_growth_of_the_supply_is_buying_power() -> None:
    supply, _ = supply_of({"peggedAssets": [coin(1005, 1004, 1000)]}, RULES)
    found = supply_reading(supply, NOON, RULES)
    assert (found.symbol, found.factor, found.source) == (MARKET, Factor.ONCHAIN, "stablecoin_supply")
    assert (round(found.value, 9), found.confidence) == (0.5, 0.3)
    assert found.stale_at - found.as_of == timedelta(hours=6)


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], {}, {"peggedAssets": {}}, {"peggedAssets": []}, {"peggedAssets": [None, 3]}),
        {"peggedAssets": [{"pegType": "peggedUSD", "supply": 5}]},
        {"peggedAssets": [coin(100, 100, 100), coin(1000, None, None)]},
        {"peggedAssets": [coin(100, 100, 0)]},
    ],
)
def test_supply_of_another_shape_or_mostly_without_history_is_refused(answer: object) -> None:
    with pytest.raises(Broken, match="expected"):
        supply_of(answer, RULES)


def test_inflow_to_exchanges_speaks_against_prices_and_hardly_counts() -> None:
    flows, left_out = flows_of({"cexs": EXCHANGES}, RULES)
    found = flow_reading(flows, NOON, RULES)
    assert (found.value, found.confidence, left_out) == (-1.0, 0.05, 0)
    assert found.evidence == {"net_24h_usd": 60.0, "balance_usd": 6000.0, "exchanges": 6, "by": "DefiLlama"}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {},
        {"name": 3},
        {"name": "New"},
        exchange(flow=None),
        exchange(flow=600.0),
        exchange(balance=-1.0),
        exchange(flow="x"),
    ],
)
def test_exchange_without_a_flow_that_can_be_stops_no_other(odd: object) -> None:
    flows, left_out = flows_of({"cexs": [odd, *EXCHANGES]}, RULES)
    assert (len(flows), left_out) == (6, 1)


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"cexs": {}}, {"cexs": []}, {"cexs": EXCHANGES[:4]}, {"cexs": [{"title": 1}] * 9}]
)
def test_flows_of_another_shape_or_of_few_exchanges_are_refused(answer: object) -> None:
    with pytest.raises(Broken, match="expected"):
        flows_of(answer, RULES)


@pytest.mark.parametrize("value", [None, True, "", "x", float("nan"), float("inf"), 1e16, [], {}])
def test_amount_that_is_none_is_none(value: object) -> None:
    assert amount(value) is None


@given(st.lists(st.decimals(-1_000_000, 1_000_000, places=2), max_size=30), st.integers(0, 30))
def test_net_flow_is_the_same_however_the_flows_are_divided(amounts: list[Decimal], cut: int) -> None:
    flows = [Flow(str(place), ALL, net, Decimal(1)) for place, net in enumerate(amounts)]
    assert net_flow(flows) == net_flow(flows[:cut]) + net_flow(flows[cut:]) == net_flow(flows[::-1])


def test_all_sources_of_flows_are_asked_before_n8n_gives_up() -> None:
    asked = len(list(sources(make_settings())))
    calls = [node["parameters"] for node in workflows.load()["read-flows"]["nodes"] if node["type"].endswith("httpRequest")]
    assert asked * (SECONDS + max(TRY_SECONDS, LONGEST_WAIT + 1)) * 1000 < calls[0]["options"]["timeout"]
