"""A screening in the order of the newest scores."""

from functions.factors.reading import Factor
from functions.screener.scored import CoinScore, by_score
from functions.screener.stored import StoredPick


def pick(rank: int) -> StoredPick:
    daily = {"code": "trend_none", "params": {}, "text": "no daily trend"}
    return StoredPick(rank, f"P{rank}USDT", 0.9, 1.0, "up", 1.0, 0.0, 2e6, 0.001, {}, [daily])


def test_highest_score_comes_first_and_a_coin_without_one_after_all_that_have() -> None:
    scores = {"P2USDT": CoinScore(30.0, 0.5, {}), "P4USDT": CoinScore(80.0, 0.5, {})}
    ranked = by_score([pick(rank) for rank in (1, 2, 3, 4)], scores)
    assert [one.pick.symbol for one in ranked] == ["P4USDT", "P2USDT", "P1USDT", "P3USDT"]
    assert [one.rank for one in ranked] == [1, 2, 3, 4]


def test_coins_of_one_score_keep_the_order_of_the_screening() -> None:
    scores = {f"P{rank}USDT": CoinScore(60.0, 0.5, {}) for rank in (1, 2, 3)}
    assert [one.pick.rank for one in by_score([pick(3), pick(1), pick(2)], scores)] == [1, 2, 3]


def test_reasons_are_the_score_the_largest_share_first_and_then_the_daily_candles() -> None:
    score = CoinScore(71.3, 0.6, {Factor.MOMENTUM: 1.26, Factor.TECHNICAL: 22.0, Factor.CONTEXT: -2.04})
    (ranked,) = by_score([pick(1)], {"P1USDT": score})
    assert [why["text"] for why in ranked.reasons] == [
        "score 71 of 100, 60% of all weight known",
        "technical +22.0",
        "context -2.0",
        "momentum +1.3",
        "no daily trend",
    ]
    (unscored,) = by_score([pick(1)], {})
    assert [why["text"] for why in unscored.reasons] == ["no daily trend"]
