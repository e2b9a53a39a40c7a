"""Arbitrary sequences over HTTP, every request sent once or more: the ledger's invariant holds and repetition changes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.paper.exact import exact
from tests.integration.paper.market import OPENED, PAIRS, book, quote

TABLES = "paper_account, paper_trade, paper_fill, ledger_entry, paper_request, equity, alert"


@dataclass(frozen=True)
class Step:
    """One request: what is asked, of which pair, at which price, and how often it is sent."""

    what: str
    name: str
    side: str
    price: float
    amount: int
    levels: bool
    times: int


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(["open", "open", "close", "part", "settle"]),
        name=st.sampled_from(PAIRS),
        side=st.sampled_from(["long", "short"]),
        price=st.integers(7000, 13000).map(lambda cents: cents / 100),
        amount=st.integers(1, 210),
        levels=st.booleans(),
        times=st.integers(1, 3),
    ),
    max_size=10,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_keeps_the_invariant(client: TestClient, engine: Engine, database: str, steps: list[Step]) -> None:
    desk: FastAPI = client.app  # type: ignore[assignment]
    desk.state.settings = desk.state.settings.model_copy(update={"paper_allow_short": True})
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE"))
        connection.execute(text("DELETE FROM ticker"))
    for number, step in enumerate(steps):
        at = OPENED + timedelta(seconds=5 * number)
        quote(engine, step.price, at, low=1, high=1000)
        path, body = request(step, f"key-{number}", at.isoformat())
        first = client.post(path, json=body)
        assert first.status_code in (200, 404, 409, 422), first.text
        assert first.json().get("code") != "invalid_request", first.text
        before = facts(engine)
        for _ in range(step.times - 1):
            again = client.post(path, json=body)
            if first.status_code == 200 and step.what != "settle":
                assert again.json() == first.json()
            assert facts(engine) == before, "a repetition changes nothing"


def request(step: Step, key: str, at: str) -> tuple[str, dict[str, Any]]:
    if step.what == "settle":
        return "/paper/settle", {"as_of": at}
    body: dict[str, Any] = {"request_id": key, "symbol": step.name, "as_of": at}
    if step.what == "open":
        way = 1 if step.side == "long" else -1
        stop, *targets = (f"{step.price * (1 + way * share):.4f}" for share in (-0.07, 0.04, 0.08))
        levels = {"stop": stop, "targets": targets} if step.levels else {}
        return "/paper/trades", {**body, "side": step.side, "notional": step.amount, **levels}
    return "/paper/trades/close", {**body, "fraction": f"{step.amount / 210:.6f}" if step.what == "part" else 1}


@exact
def facts(engine: Engine) -> tuple[object, ...]:
    """Return everything that a request can change, after holding it against the ledger."""
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT count(*) FROM paper_account")):
            return ()
        trades = connection.execute(
            text("SELECT id, open_quantity, entry, open_quantity * entry, state FROM paper_trade ORDER BY id")
        ).all()
        fills = connection.execute(text("SELECT count(*), coalesce(sum(fee), 0), coalesce(sum(profit), 0) FROM paper_fill")).one()
        alerts = connection.scalar(text("SELECT count(*) FROM alert"))
    found = book(engine)  # raises when the invariant does not hold
    assert found.cash >= 0
    assert found.positions == sum(trade[3] for trade in trades)
    assert (found.fees, found.realised) == (fills[1], -fills[2])
    assert alerts == fills[0], "one alert a fill"
    return (found, [tuple(trade) for trade in trades], fills[0], alerts)
