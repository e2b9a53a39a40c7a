"""From which amount on a transaction is kept, as a person writes it."""

from decimal import Decimal

import pytest

from functions.settings.thresholds import read_thresholds


def test_each_coin_has_its_threshold_and_the_rest_have_another() -> None:
    thresholds = read_thresholds("btc=1000000, ETH = 2000000,others=500000")
    assert thresholds.takes("BTC", Decimal("1000000.01"))
    assert not thresholds.takes("BTC", Decimal(1_000_000))
    assert not thresholds.takes("ETH", Decimal(1_500_000))
    assert thresholds.takes("SOL", Decimal(500_001))
    assert thresholds.lowest == 500_000


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("BTC=1000000", "expected others=USD"),
        ("BTC, others=500000", "expected COIN=USD"),
        ("BTC=-1, others=500000", "expected COIN=USD"),
        ("BTC=1000000, btc=2000000, others=500000", "got BTC twice"),
        ("others=99999", "expected 100000 USD or more"),
    ],
)
def test_what_is_written_wrongly_is_named(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_thresholds(written)
