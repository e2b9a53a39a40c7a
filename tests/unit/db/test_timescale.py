"""When candles become a hypertable, and when nothing is done."""

import pytest

from db.timescale import Offer, plan


def test_plain_postgres_is_left_alone() -> None:
    assert plan(Offer(available=False)) == []


def test_a_fresh_server_with_the_extension_gets_chunks_and_compression() -> None:
    words = " ".join(plan(Offer(available=True)))
    assert "CREATE EXTENSION" in words
    assert "create_hypertable('candle', 'open_time', chunk_time_interval => INTERVAL '7 days'" in words
    assert "compress_segmentby = 'symbol, timeframe'" in words
    assert "add_compression_policy('candle', INTERVAL '7 days'" in words


@pytest.mark.parametrize(
    ("offer", "left"),
    [
        (Offer(True, installed=True), 3),
        (Offer(True, installed=True, hypertable=True), 2),
        (Offer(True, installed=True, hypertable=True, compressed=True), 0),
    ],
)
def test_only_what_is_not_done_is_done(offer: Offer, left: int) -> None:
    assert len(plan(offer)) == left
