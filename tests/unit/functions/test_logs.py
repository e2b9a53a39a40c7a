"""Nothing secret in a log line."""

import pytest

from functions.logs import hide_secrets, redact


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("POST https://api.telegram.org/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz012345/sendMessage", "AAF-"),
        ("postgresql://functions:geheim@db/quorum refused", "geheim"),
        ("Authorization: Bearer abc.def-123", "abc.def"),
    ],
)
def test_secrets_are_hidden(text: str, hidden: str) -> None:
    assert hidden not in hide_secrets(text)
    assert hidden not in str(redact(None, "info", {"event": text}))


def test_ordinary_text_stays() -> None:
    assert hide_secrets("BTCUSDT 15m is 3 candles late at 12:45:00") == "BTCUSDT 15m is 3 candles late at 12:45:00"
