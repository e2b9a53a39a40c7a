"""Flows to exchanges from Dune: a saved query, whose SQL is `functions/onchain/sql/exchange_flows.sql`, run by its id.

Source: https://docs.dune.com/api-reference. What is stored already is read first, for that runs nothing; only a result that is
too old makes the query run anew, which costs credits. One that is not done in time is read at the next question.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any

from functions.errors import Broken, RetryLater
from functions.factors.reading import MARKET, FactorReading
from functions.onchain.flows import Flow, Said, tilt_reading
from functions.onchain.rules import FlowRules
from functions.onchain.sources.amounts import amount
from functions.outgoing import Source, get_json, post_json
from functions.strangers import clean

NAME = "dune"
RUN_SECONDS, EVERY_SECONDS = 20.0, 1.0  # how long a run is waited for
ROWS, PAGES = 1000, 5
_ETHER, _STABLE = ("ETH", "WETH"), ("USDT", "USDC")
_DONE = "QUERY_STATE_COMPLETED"
_GOES_ON = frozenset({"QUERY_STATE_PENDING", "QUERY_STATE_EXECUTING"})


def read(query: int, source: Source, as_of: datetime, rules: FlowRules) -> Said:
    """Return the flows of the newest day that is over.

    Raises:
        RetryLater: it does not answer, or the query still runs.
        Broken: it refuses the key or wants credits, the query failed, or its rows are others than its SQL makes.
    """
    rows, ended = _results(source, f"/query/{query}/results")
    if ended is None or as_of - ended > rules.dune_life:
        rows, _ = _results(source, f"/execution/{_run(source, query)}/results")
    return said_of(rows, as_of, rules)


def said_of(rows: Sequence[Mapping[str, Any]], as_of: datetime, rules: FlowRules) -> Said:
    """Return what the rows of the query say at a moment.

    Raises:
        Broken: no row is of a day that is over.
    """
    flows: dict[datetime, list[tuple[Flow, Decimal]]] = {}
    for row in rows:
        end, inflow, outflow = _end(row.get("day")), amount(row.get("inflow_usd")), amount(row.get("outflow_usd"))
        name, token = clean(str(row.get("cex_name") or ""), 60), clean(str(row.get("token_symbol") or ""), 20).upper()
        if end and end <= as_of and inflow is not None and outflow is not None and name and token:
            flows.setdefault(end, []).append((Flow(name, token, inflow - outflow, None), inflow + outflow))
    if not flows:
        raise Broken(
            "source_unreadable", f"expected day, cex_name, token_symbol, inflow_usd, outflow_usd, got {str(rows[:1])[:80]!r}"
        )
    end = max(flows)
    readings: list[FactorReading] = []
    for symbol, tokens, sign in (("ETHUSDT", _ETHER, -1), (MARKET, _STABLE, 1)):
        mine = [(flow, both) for flow, both in flows[end] if flow.asset in tokens]
        if (moved := sum((both for _, both in mine), Decimal(0))) > 0:
            readings.append(tilt_reading([flow for flow, _ in mine], moved, NAME, symbol, sign, end, rules))
    return Said([flow for flow, _ in flows[end]], readings, len(rows) - sum(map(len, flows.values())), at=end)


def _results(source: Source, path: str) -> tuple[list[Mapping[str, Any]], datetime | None]:
    """Return stored rows and when their run ended; None when the query never ran."""
    rows: list[Mapping[str, Any]] = []
    offset: object = 0
    for _ in range(PAGES):
        try:
            answer = get_json(source, path, {"limit": ROWS, "offset": int(str(offset))})
        except Broken as error:
            if str(HTTPStatus.NOT_FOUND.value) in error.detail:
                return [], None
            raise
        result = answer.get("result") if isinstance(answer, Mapping) else None
        page = result.get("rows") if isinstance(result, Mapping) else None
        if not isinstance(page, list):
            raise Broken("source_unreadable", f"expected the rows of a query, got {str(answer)[:80]!r}")
        rows += [row for row in page if isinstance(row, Mapping)]
        offset = answer.get("next_offset")
        if not isinstance(offset, int):
            return rows, _moment(answer.get("execution_ended_at"))
    raise Broken("source_unreadable", f"expected at most {PAGES * ROWS} rows, got more: is DUNE_QUERY_ID another query?")


def _run(source: Source, query: int) -> str:
    """Run the query and return the name of the run, once it is done."""
    begun = post_json(source, f"/query/{query}/execute", {"performance": "medium"})
    run = begun.get("execution_id") if isinstance(begun, Mapping) else None
    if not isinstance(run, str) or not run.isalnum():
        raise Broken("source_unreadable", f"expected the id of a run, got {str(begun)[:80]!r}")
    until = monotonic() + RUN_SECONDS
    while monotonic() < until:
        status = get_json(source, f"/execution/{run}/status")
        state = status.get("state") if isinstance(status, Mapping) else None
        if state == _DONE:
            return run
        if not isinstance(state, str) or state not in _GOES_ON:
            raise Broken("source_refuses", f"{NAME} ended the query as {str(state)[:40]}")
        sleep(EVERY_SECONDS)
    raise RetryLater("source_busy", f"{NAME} still runs the query; its result is read next time", 60.0)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value).removesuffix(" UTC").replace(" ", "T"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _end(day: object) -> datetime | None:
    """Return the end of a day that is written as `2026-01-01 00:00:00.000 UTC`."""
    begun = _moment(day)
    try:
        return begun + timedelta(days=1) if begun else None
    except OverflowError:
        return None
