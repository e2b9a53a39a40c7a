"""What lies at the exchanges and what came in 24 hours, from DefiLlama. Needs no key.

Source: https://api.llama.fi/cexs, which feeds https://defillama.com/cexs and is not among the documented calls; its shape is what
public clients read. Figures are of wallets that exchanges have named.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.errors import Broken
from functions.onchain.flows import ALL, Flow, Said, flow_reading
from functions.onchain.rules import FlowRules
from functions.onchain.sources.amounts import amount
from functions.outgoing import Source, get_json
from functions.strangers import clean


def read(source: Source, as_of: datetime, rules: FlowRules) -> Said:
    """Return the flow of each exchange.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or too few exchanges of its answer can be read.
    """
    flows, left_out = flows_of(get_json(source, "/cexs"), rules)
    return Said(flows, [flow_reading(flows, as_of, rules)], left_out)


def flows_of(answer: Any, rules: FlowRules) -> tuple[list[Flow], int]:
    """Return the flow of each exchange that has one, and how many have none or one that cannot be.

    Raises:
        Broken: it is no list of exchanges, or too few of them have a flow.
    """
    rows = answer.get("cexs") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise Broken("source_unreadable", f"expected a list of exchanges, got {str(answer)[:80]!r}")
    flows = {flow.exchange: flow for row in rows if (flow := _flow(row, rules))}
    if len(flows) < rules.least_exchanges:
        raise Broken(
            "source_unreadable", f"expected {rules.least_exchanges} exchanges with a flow, got {len(flows)} of {len(rows)}"
        )
    return list(flows.values()), len(rows) - len(flows)


def _flow(row: object, rules: FlowRules) -> Flow | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        return None
    balance, net = amount(row.get("cleanAssetsTvl")) or amount(row.get("currentTvl")), amount(row.get("inflows_24h"))
    if balance is None or net is None or balance <= 0 or abs(net) > balance * Decimal(repr(rules.largest_flow)):
        return None
    name = clean(row["name"], 60)
    return Flow(name, ALL, net, balance) if name else None
