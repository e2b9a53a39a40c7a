"""Trades over HTTP: a list with filters, and every table as CSV, the same as the command's."""

import csv
from io import StringIO
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.performance.conftest import DAYS, NOW

AT = {"as_of": NOW.isoformat()}


def trades(client: TestClient, **params: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get("/trades", params={**AT, **params}).raise_for_status().json()["trades"]
    return listed


def test_trades_are_listed_newest_first_with_their_result(client: TestClient, desk: int) -> None:
    listed = trades(client, days="40")
    assert len(listed) == 15
    assert [trade["trade_id"] for trade in listed] == sorted((trade["trade_id"] for trade in listed), reverse=True)
    oldest = listed[-1]
    assert (oldest["account"], oldest["symbol"], oldest["side"], oldest["state"]) == ("desk", "ETHUSDT", "long", "closed")
    assert (oldest["entry"], oldest["exit"], oldest["stop"], oldest["targets"]) == ("100", "90", "90", ["107", "120", "140"])
    assert (oldest["profit"], oldest["fees"], oldest["reason"]) == ("-10.2", "0.2", "time")
    assert oldest["r"] == pytest.approx(-1.02)


def test_filter_leaves_what_it_names(client: TestClient, desk: int) -> None:
    assert len(trades(client, days="40", symbol="eth", state="closed")) == 15
    assert len(trades(client, days="40", limit="4")) == 4
    assert trades(client, days="40", symbol="BTC") == []
    assert trades(client, days="40", state="open") == []
    assert trades(client, days="40", account="manual") == []
    assert trades(client, days="1") == []


def test_trade_was_open_then(client: TestClient, desk: int) -> None:
    listed = client.get("/trades", params={"as_of": "2024-03-02T00:00:00Z", "days": "10"}).json()["trades"]
    assert [(trade["state"], trade["closed_at"], trade["exit"]) for trade in listed] == [("open", None, None)]


def test_tables_are_csv(client: TestClient, desk: int) -> None:
    for table, rows in {"trades": 15, "signals": 3, "scores": 400, "equity": DAYS}.items():
        answer = client.get(f"/exports/{table}.csv", params=AT).raise_for_status()
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"] == f'attachment; filename="{table}.csv"'
        assert len([*csv.DictReader(StringIO(answer.text))]) == rows


def test_account_that_there_is_not_is_404(client: TestClient) -> None:
    for path in ("/trades", "/exports/trades.csv", "/exports/equity.csv"):
        assert client.get(path, params={"account": "mine"}).json()["code"] == "unknown_account"
