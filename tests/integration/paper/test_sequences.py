"""Arbitrary sequences over HTTP, every request sent once or more: the ledger's invariant holds and repetition changes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.paper.settling.exact import exact
from tests.integration.paper.market import OPENED, PAIRS, book, quote

TABLES = "paper_account, paper_trade, paper_fill, ledger_entry, paper_request, alert"


@dataclass(frozen=True)
class Step:
    """One request: what is asked, of which pair, at which price, how often it is sent, and which earlier ones are sent again."""

    what: str
    name: str
    side: str
    price: float
    amount: int
    levels: bool
    times: int
    again: int  # a bit for each request before


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(["open", "open", "took", "close", "named", "part", "settle"]),
        name=st.sampled_from(PAIRS[:4]),
        side=st.sampled_from(["long", "short"]),
        price=st.integers(7000, 13000).map(lambda cents: cents / 100),
        amount=st.integers(1, 210),
        levels=st.booleans(),
        times=st.integers(1, 3),
        again=st.integers(0, 2**10 - 1),
    ),
    max_size=10,
)


@pytest.mark.parametrize("examples", [15, pytest.param(300, marks=pytest.mark.soak)])
def test_any_sequence_keeps_the_invariant_and_every_repetition_changes_nothing(
    client: TestClient, engine: Engine, database: str, examples: int
) -> None:
    @settings(max_examples=examples)
    @given(steps=STEPS)
    def holds(steps: list[Step]) -> None:
        play(client, engine, database, steps)

    holds()


def play(client: TestClient, engine: Engine, database: str, steps: list[Step]) -> None:
    """Send a sequence to an empty ledger and hold the ledger against each request and each repetition."""
    desk: FastAPI = client.app  # type: ignore[assignment]
    desk.state.settings = desk.state.settings.model_copy(update={"paper_allow_short": True})
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE"))
        connection.execute(text("DELETE FROM ticker"))
    answered: list[tuple[str, dict[str, Any], object]] = []

    def send(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(path, json=body)
        assert answer.status_code in (200, 404, 409, 422), answer.text
        shown: dict[str, Any] = answer.json()
        assert shown.get("code") != "invalid_request", answer.text
        return {name: shown[name] for name in ("code", "detail")} if "code" in shown else shown

    for number, step in enumerate(steps):
        at = OPENED + timedelta(seconds=5 * number)
        quote(engine, step.price, at, low=1, high=1000)
        path, body = request(step, f"key-{number}", at.isoformat())
        first = send(path, body)
        first_facts = facts(engine)
        for _ in range(step.times - 1):
            again = send(path, written_otherwise(body))
            assert again == first or step.what == "settle"
            assert facts(engine) == first_facts, "a repetition changes nothing"
        for place, (earlier_path, earlier_body, earlier) in enumerate(answered):
            if step.again >> place & 1:
                assert send(earlier_path, earlier_body) == earlier, "the first answer is the answer"
        assert facts(engine) == first_facts, "however much later it comes"
        # A refused opening may be asked again, and before the first trade there is no account to remember for.
        if first_facts and (path == "/paper/trades/close" or "trade_id" in first):
            answered.append((path, written_otherwise(body), first))


def written_otherwise(body: dict[str, Any]) -> dict[str, Any]:
    """The same values, as another client may write them."""
    amounts = {name: f"{Decimal(str(body[name])):f}" for name in ("notional", "price", "stop", "fraction") if body.get(name)}
    return body | {name: f"{amount}00" if "." in amount else f"{amount}.0" for name, amount in amounts.items()}


def request(step: Step, key: str, at: str) -> tuple[str, dict[str, Any]]:
    if step.what == "settle":
        return "/paper/settle", {"as_of": at}
    body: dict[str, Any] = {"request_id": key, "symbol": step.name, "as_of": at}
    if step.what in ("open", "took"):
        way = 1 if step.side == "long" else -1
        stop, *targets = (f"{step.price * (1 + way * share):.4f}" for share in (-0.07, 0.04, 0.08))
        levels = {"stop": stop, "targets": targets} if step.levels or step.what == "took" else {}
        size = {"notional": step.amount} if step.what == "open" else {"source": "signal"}
        return "/paper/trades", {**body, "side": step.side, **size, **levels}
    if step.what == "named":
        return "/paper/trades/close", {**body, "price": step.amount}
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
    account_book = book(engine)  # raises when the invariant does not hold
    assert account_book.cash >= 0
    assert account_book.positions == sum(trade[3] for trade in trades)
    assert (account_book.fees, account_book.realised) == (fills[1], -fills[2])
    assert alerts == fills[0], "one alert a fill"
    return (account_book, [tuple(trade) for trade in trades], fills[0], alerts)
