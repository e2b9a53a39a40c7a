"""What questions are about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.polymarket.followed import choose
from functions.polymarket.gamma import Event, market_of
from functions.polymarket.mood import Shift, moods
from functions.polymarket.rules import OddsRules
from functions.polymarket.subjects import is_clock_bet, subject_of
from tests.unit.polymarket.test_gamma import MARKET

PLAIN = market_of(MARKET, "9")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "question", "expected"),
    [
        ("What price will Bitcoin hit in March?", "Will Bitcoin reach $100,000 in March?", ("BTCUSDT", "price", 1)),
        ("What price will Bitcoin hit in March?", "Will Bitcoin dip to $50,000?", ("BTCUSDT", "price", -1)),
        ("Ethereum above ___ on March 11?", "Will the price of ETH be above $2,000?", ("ETHUSDT", "price", 1)),
        ("Bitcoin price on March 11?", "Will Bitcoin be between $60,000 and $62,000?", ("BTCUSDT", "price", 0)),
        ("Bitcoin price on March 11?", "Will Bitcoin be less than $60,000?", ("BTCUSDT", "price", -1)),
        ("Solana ETF", "Will the SEC approve a Solana ETF?", ("SOLUSDT", "etf", 1)),
        ("Solana ETF", "SEC rejects the Solana ETF?", ("SOLUSDT", "etf", -1)),
        ("Crypto law", "Crypto bill signed into law?", ("MARKET", "regulation", 1)),
        ("Crypto law", "Will China ban crypto?", ("MARKET", "regulation", -1)),
        ("Airdrops", "Will Monad airdrop in March?", ("MARKET", "other", 0)),
        ("Airdrops", "Will something happen somewhere else?", ("MARKET", "other", 0)),
        ("Ethena airdrop", "Ethereal launch?", ("MARKET", "other", 0)),
    ],
)
def test_question_names_its_coin_kind_and_direction(title: str, question: str, expected: tuple[str, str, int]) -> None:
    found = subject_of(title, question)
    assert (found.symbol, found.kind.value, found.lean) == expected


@pytest.mark.parametrize("slug", ["btc-updown-5m-1771004400", "bitcoin-up-or-down-march-3"])
def test_clock_bet_is_known_by_its_address(slug: str) -> None:
    assert is_clock_bet(replace(PLAIN, slug=slug))
    assert not is_clock_bet(replace(PLAIN, slug="bitcoin-above-64k"))


def test_clock_bet_is_known_by_its_short_life() -> None:
    assert is_clock_bet(replace(PLAIN, starts_at=NOW, ends_at=NOW + timedelta(minutes=15)))


def test_followed_are_the_busiest_that_live_long_enough_and_all_that_were_followed() -> None:
    rules = OddsRules(most_markets=3)
    busy = replace(PLAIN, liquidity=20_000, volume_24h=5_000, ends_at=NOW + timedelta(days=9))
    markets = (
        replace(busy, id="small", volume_24h=2_000),
        replace(busy, id="busy", volume_24h=9_000),
        replace(busy, id="idle", volume_24h=10),
        replace(busy, id="thin", liquidity=10),
        replace(busy, id="short", ends_at=NOW + timedelta(hours=2)),
        replace(busy, id="clock", slug="btc-updown-15m-1"),
        replace(busy, id="known", volume_24h=1, closed=True),
    )
    event = Event("9", "", "Bitcoin", False, True, markets)
    assert [one.market.id for one in choose([event], {"known", "gone"}, rules, NOW)] == ["known", "busy"]


def test_mood_weighs_by_the_root_of_volume_and_knows_coins_and_market() -> None:
    rules = OddsRules()
    shifts = [Shift("BTCUSDT", 1, 0.10, 40_000), Shift("BTCUSDT", -1, 0.10, 10_000), Shift("MARKET", 0, 0.9, 1e9)]
    found = {reading.symbol: reading for reading in moods(shifts, NOW, rules)}
    assert found.keys() == {"MARKET", "BTCUSDT"}
    assert found["BTCUSDT"].value == pytest.approx((200 * 0.10 - 100 * 0.10) / 300 / 0.20)
    assert found["BTCUSDT"].confidence == pytest.approx(0.2 * 2 / 3)


def test_mood_stays_within_its_range() -> None:
    found = moods([Shift("BTCUSDT", 1, 0.9, 1)] * 5, NOW, OddsRules())
    assert [(reading.value, reading.confidence) for reading in found] == [(1.0, 0.2), (1.0, 0.2)]
