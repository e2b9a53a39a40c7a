"""What holds for any pairs at all: scores in range, a full and repeatable order, and no gain from knowing less."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from functions.market.candles.timeframe import Timeframe
from functions.screener.filters import FilterResult, Quotes, judge
from functions.screener.measures import Measures
from functions.screener.pick import pick
from functions.screener.rank import PARTS, order, score
from functions.screener.rules import Filters, PartWeights
from tests.unit.screener.market import NOW
from tests.unit.technical.making import grid

ANY = st.one_of(st.just(np.nan), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, 100.0]))
SOUND = st.floats(min_value=1e-9, max_value=1e12)


def maybe(values: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    return st.one_of(st.just(np.nan), values)


@st.composite
def ranked(draw: st.DrawFn) -> tuple[Quotes, Measures]:
    """Quotes that passed the filters, with measures of any kind; few different values, so that ties are common."""
    count = draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[float]) -> NDArray[np.float64]:
        return np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype=np.float64)

    price, few = column(SOUND), st.sampled_from([1.1e6, 2e6])
    names = tuple(f"P{number:02d}USDT" for number in range(count))
    zeros = np.zeros(count)
    found = Quotes(names, np.ones(count, dtype=np.bool_), zeros, price, zeros, column(maybe(SOUND)), column(few), price, price)
    measures = Measures(
        column(st.sampled_from([1.0, 0.0, -1.0, np.nan])),
        column(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0])),
        column(maybe(st.floats(0, 100))),
        column(maybe(st.floats(0, 100))),
        column(maybe(st.floats(0, 10))),
        column(maybe(st.floats(0, 1e20))),
        np.full(count, 1000.0),
    )
    return found, measures


@given(ranked())
def test_scores_lie_between_nothing_and_what_is_covered(world: tuple[Quotes, Measures]) -> None:
    found = score(*world, PartWeights())
    assert ((found.score >= 0) & (found.score <= found.coverage + 1e-4) & (found.coverage <= 1)).all()
    for name in PARTS:
        part = getattr(found, name)
        assert (np.isnan(part) | ((part >= 0) & (part <= 1))).all()


@given(ranked(), st.randoms(use_true_random=False))
def test_order_is_complete_and_does_not_depend_on_how_pairs_come_in(world: tuple[Quotes, Measures], random: object) -> None:
    quotes, measures = world
    shuffled = list(range(len(quotes.symbols)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    chosen = np.array(shuffled, dtype=np.intp)
    mixed = Measures(*(getattr(measures, name)[chosen] for name in Measures.__dataclass_fields__))
    straight = [quotes.symbols[n] for n in order(score(quotes, measures, PartWeights()), quotes)]
    other = quotes.take(chosen)
    assert straight == [other.symbols[n] for n in order(score(other, mixed, PartWeights()), other)]
    assert sorted(straight) == sorted(quotes.symbols)


@given(ranked(), st.sampled_from(["adx", "rsi", "atr", "volume_average", "direction"]))
def test_knowing_less_never_lifts_a_score(world: tuple[Quotes, Measures], lost: str) -> None:
    quotes, measures = world
    less = Measures(
        *(
            np.full(len(quotes.symbols), np.nan) if name == lost else getattr(measures, name)
            for name in Measures.__dataclass_fields__
        )
    )
    assert (score(quotes, less, PartWeights()).score <= score(quotes, measures, PartWeights()).score + 1e-9).all()


SOUND_ROWS = st.tuples(
    st.floats(-60, 60),
    st.floats(1e-9, 1e11),
    st.floats(-1, 10),
    st.floats(0, 1e12),
    st.floats(1.1e6, 1e12),
    st.just(100.0),
    st.floats(100.0, 100.4),
)


@st.composite
def one_odd(draw: st.DrawFn) -> tuple[float, ...]:
    """A sound row with one value that is anything."""
    row = list(draw(SOUND_ROWS))
    row[draw(st.integers(0, 6))] = draw(ANY)
    return tuple(row)


@given(st.lists(SOUND_ROWS | one_odd() | st.tuples(*[ANY] * 7), min_size=1, max_size=8))
def test_any_numbers_get_a_verdict_and_only_sound_ones_pass(rows: list[tuple[float, ...]]) -> None:
    columns = np.array(rows, dtype=np.float64).T
    names = tuple(f"P{number}USDT" for number in range(len(rows)))
    quotes = Quotes(names, np.ones(len(rows), dtype=np.bool_), *columns)
    verdicts = judge(quotes, Filters())
    passed = quotes.take(np.flatnonzero(verdicts == FilterResult.PASSED))
    for values in (passed.price, passed.turnover, passed.volume, passed.change, passed.bid, passed.ask):
        assert np.isfinite(values).all()


@settings(max_examples=40)
@given(
    st.integers(0, 70),
    st.lists(st.one_of(st.just(np.nan), st.floats(1e-9, 1e9)), min_size=1, max_size=3),
    st.sampled_from([0.0, 100.0, np.nan]),
)
def test_any_candles_give_every_pair_a_place_and_a_reason_for_each_part(bars: int, levels: list[float], volume: float) -> None:
    closes = np.repeat(np.array(levels)[:, None], bars, axis=1)
    names = [f"P{number}USDT" for number in range(len(levels))]
    candles = grid(Timeframe.D1, closes, symbols=names, volume=np.full(closes.shape, volume))
    ones = np.ones(len(names))
    quotes = Quotes(tuple(names), ones.astype(np.bool_), ones, ones, ones, ones, ones * 2e6, ones, ones)
    picks = pick(quotes, candles, NOW, PartWeights())
    assert [one.rank for one in picks] == list(range(1, len(names) + 1))
    assert {one.symbol for one in picks} == set(names)
    assert all(len(one.reasons) == 4 and all(why.text for why in one.reasons) for one in picks)
