"""What a message says."""

import pytest

from functions.delivery.message import LIMIT, plain, render
from functions.errors import Broken

SIGNAL = {
    "symbol": "BTCUSDT",
    "direction": "LONG",
    "timeframe": "15m",
    "confidence": 0.72,
    "position_pct": 5.0,
    "entry": "67120.5",
    "stop": "65100.0",
    "targets": ["68534.8", "71161.5", "75202.5"],
    "risk_reward": 2.23,
    "reasons": [{"code": "gate", "params": {}, "text": "BTC closed above EMA50 & EMA200"}],
    "expires_at": "2024-03-05T16:00:00+00:00",
}


def test_signal_names_entry_stop_and_three_targets() -> None:
    text = render("signal", SIGNAL)
    for part in ("🟢", "BTCUSDT LONG", "67120.5", "65100.0", "(-3.01%)", "TP1", "68534.8", "TP3", "75202.5", "72%", "1 : 2.2"):
        assert part in text


def test_outside_text_cannot_add_markup() -> None:
    reasons = [{"code": "x", "params": {}, "text": "<b>a & b</b>"}]
    assert "&lt;b&gt;a &amp; b&lt;/b&gt;" in render("signal", {**SIGNAL, "reasons": reasons})


def test_plain_has_no_markup_and_no_entities() -> None:
    reasons = [{"code": "x", "params": {}, "text": "a < b & c"}]
    text = plain(render("signal", {**SIGNAL, "reasons": reasons}))
    assert "a < b & c" in text
    assert "<b>" not in text


def test_long_message_is_cut_at_a_line_end() -> None:
    reasons = [{"code": "x", "params": {}, "text": "reason " * 20}] * 100
    text = render("signal", {**SIGNAL, "reasons": reasons})
    assert len(text) <= LIMIT
    assert text.endswith("\n…")


def test_unknown_kind_is_broken() -> None:
    with pytest.raises(Broken, match="no_kind"):
        render("no_kind", {})
