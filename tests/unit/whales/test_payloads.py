"""What Whale Alert sends, recorded and as clients read it, and what it should not send."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.errors import Broken
from functions.settings import CHECKOUT
from functions.whales.payloads import alert_of, page_of
from functions.whales.transaction import Kind, Party
from tests.sim.sources.whale_alert import Transfer

RECORDED = CHECKOUT.parent / "shared" / "data" / "payloads" / "whale_alert"


def recorded(name: str) -> Any:
    file = Path(RECORDED / name)
    if not file.exists():
        pytest.skip("the recorded answers are not here")
    return json.loads(file.read_text())


def test_recorded_page_is_read() -> None:
    page = page_of(recorded("v1_transactions_success.json"))
    first, second = page.transactions
    assert (page.cursor, page.entries, page.unreadable) == ("2712f286-2712f286-5eafc711", 2, 0)
    assert (first.asset, first.part, first.kind, first.sender.owner) == ("USDT", "655552612", Kind.OTHER, "")
    assert (second.kind, second.recipient) == (
        Kind.INTERNAL,
        Party("80c6e081ae5813b163357774003d3695faa0f53e", "stuart", "exchange"),
    )


def test_recorded_empty_page_has_a_cursor_and_no_transactions() -> None:
    page = page_of(recorded("v1_transactions_empty.json"))
    assert (page.transactions, page.cursor) == ([], "2712e8b6-2712e8b6-5eafc647")


def test_recorded_error_is_told_in_its_words() -> None:
    with pytest.raises(Broken, match="invalid api_key"):
        page_of(recorded("v1_error_invalid_key.json"))


@pytest.mark.parametrize(
    "answer",
    [None, [], "x", {}, {"result": "success"}, {"result": "success", "count": 2}, {"result": "success", "transactions": {}}],
)
def test_what_is_no_page_is_refused(answer: Any) -> None:
    with pytest.raises(Broken, match="expected"):
        page_of(answer)


@pytest.mark.parametrize(
    "spoilt",
    [{"hash": None}, {"id": None}, {"timestamp": "x"}, {"timestamp": -1}, {"amount": "NaN"}, {"amount_usd": None}, {"symbol": 5}],
)
def test_entry_that_cannot_be_read_is_left_out_and_counted(spoilt: dict[str, Any]) -> None:
    row = Transfer(1, 1_709_640_000, "BTC", 20.0, 1.2e6).row()
    page = page_of({"result": "success", "count": 2, "transactions": [row, {**row, **spoilt}]})
    assert (len(page.transactions), page.unreadable) == (1, 1)


@pytest.mark.parametrize(
    ("sender", "recipient", "action", "kind"),
    [
        ("", "binance", "transfer", Kind.INFLOW),
        ("binance", "", "transfer", Kind.OUTFLOW),
        ("binance", "binance", "transfer", Kind.INTERNAL),
        ("binance", "kraken", "transfer", Kind.CROSS_EXCHANGE),
        ("", "", "transfer", Kind.OTHER),
        ("", "binance", "mint", Kind.OTHER),
    ],
)
def test_both_feeds_say_the_same_of_a_transfer(sender: str, recipient: str, action: str, kind: Kind) -> None:
    transfer = Transfer(7, 1_709_640_000, "ETH", 1000.0, 3e6, sender, recipient, action=action)
    page, alert = page_of({"result": "success", "transactions": [transfer.row()]}), alert_of(transfer.alert("quorum"))
    assert alert
    for read in (page.transactions[0], alert[0]):
        assert read.kind is kind
    one, other = page.transactions[0], alert[0]
    assert (one.hash, one.blockchain, one.at, one.asset, one.amount_usd) == (
        other.hash,
        other.blockchain,
        other.at,
        other.asset,
        other.amount_usd,
    )
    assert (one.sender, one.recipient) == (other.sender, other.recipient)


def test_change_that_returns_to_the_sender_is_not_the_recipient() -> None:
    alert: dict[str, Any] = Transfer(7, 1_709_640_000, "BTC", 20.0, 1.2e6, "", "").alert("quorum")
    part = alert["transaction"]["sub_transactions"][0]
    mine = {"address": "bc1mine", "amount": "900", "owner": ""}
    part["inputs"], part["outputs"] = [mine], [mine, {"address": "bc1other", "amount": "20"}]
    read = alert_of(alert)
    assert read
    assert (read[0].sender.address, read[0].recipient.address) == ("bc1mine", "bc1other")


@pytest.mark.parametrize("message", [None, 5, [], {"type": "subscribed_alerts"}, {"type": "social"}])
def test_other_messages_are_no_alerts(message: Any) -> None:
    assert alert_of(message) is None


@pytest.mark.parametrize("field", ["transaction", "amounts", "timestamp", "blockchain"])
def test_alert_without_what_it_needs_is_refused(field: str) -> None:
    alert = Transfer(7, 1_709_640_000, "ETH", 1000.0, 3e6).alert("quorum")
    with pytest.raises(Broken, match="expected an alert"):
        alert_of({name: value for name, value in alert.items() if name != field})
