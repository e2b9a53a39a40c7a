"""How long each kind of rows is kept, to the day."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.market.candles.timeframe import Timeframe
from functions.market.retention import CHANGE_DAYS, Kind, cuts
from functions.market.run.candle_cache import KEEP_SECONDS

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
AHEAD = timedelta(days=700)  # a market clock that is set back by as much
CUTS = cuts(NOW, NOW + AHEAD, 31, 366, keep_odds_days=400, keep_whale_days=90)
AGES = {(cut.kind, cut.timeframe): cut.before for cut in CUTS}


@pytest.mark.parametrize(
    ("timeframe", "before"),
    [(Timeframe.M5, datetime(2026, 4, 5, 7, 5, tzinfo=UTC)), (Timeframe.M15, datetime(2025, 5, 5, 7, 0, tzinfo=UTC))],
)
def test_candles_of_5m_and_15m_end_as_the_settings_say_and_their_closed_gaps_with_them(
    timeframe: Timeframe, before: datetime
) -> None:
    assert AGES[Kind.CANDLES, timeframe] == before
    assert AGES[Kind.GAPS_OF_REMOVED_CANDLES, timeframe] == before


@pytest.mark.parametrize("timeframe", [Timeframe.H1, Timeframe.H4, Timeframe.D1])
def test_candles_of_1h_and_above_stay_for_ever(timeframe: Timeframe) -> None:
    assert (Kind.CANDLES, timeframe) not in AGES
    assert (Kind.GAPS_OF_REMOVED_CANDLES, timeframe) not in AGES


@pytest.mark.parametrize(
    ("timeframe", "before"),
    [
        (Timeframe.M5, datetime(2026, 5, 3, 7, 5, tzinfo=UTC)),
        (Timeframe.M15, datetime(2026, 4, 5, 7, 0, tzinfo=UTC)),
        (Timeframe.H1, datetime(2026, 4, 5, 7, 0, tzinfo=UTC)),
        (Timeframe.H4, datetime(2026, 2, 3, 4, 0, tzinfo=UTC)),
        (Timeframe.D1, datetime(2025, 4, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_states_of_every_timeframe_have_an_end(timeframe: Timeframe, before: datetime) -> None:
    assert AGES[Kind.STATES, timeframe] == before


def test_states_do_not_outlive_their_candles() -> None:
    short = {(cut.kind, cut.timeframe): cut.before for cut in cuts(NOW, NOW, 31, 10, keep_odds_days=400, keep_whale_days=90)}
    assert short[Kind.STATES, Timeframe.M15] == short[Kind.CANDLES, Timeframe.M15]


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (Kind.FILLED_GAPS, 400),
        (Kind.NEWS, 400),
        (Kind.SETUPS, 400),
        (Kind.SCORES, 92),
        (Kind.OUTCOMES, 400),
        (Kind.ODDS, 400),
        (Kind.CANDLE_READINGS, 31),
        (Kind.TOUCHES, 31),
        (Kind.DOUBTED_PRICES, 31),
        (Kind.PARITIES, 400),
        (Kind.PAPER_REQUESTS, 31),
        (Kind.SCREENINGS_ON_REQUEST, 31),
    ],
)
def test_what_has_market_time_ends_by_it(kind: Kind, days: int) -> None:
    assert AGES[kind, None] == NOW - timedelta(days=days)


def test_transactions_go_by_whole_hours_for_flows_are_added_up_by_the_hour() -> None:
    assert AGES[Kind.WHALES, None] == datetime(2026, 2, 5, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "days"), [(Kind.ALERTS, 92), (Kind.REVISIONS, 400), (Kind.TELEGRAM_UPDATES, 3), (Kind.BACKTESTS, 92)]
)
def test_what_has_wall_time_ends_by_the_walls_clock(kind: Kind, days: int) -> None:
    assert AGES[kind, None] == NOW + AHEAD - timedelta(days=days)


def test_every_kind_is_cut() -> None:
    assert {kind for kind, _ in AGES} == set(Kind)


def test_notes_of_writes_outlive_the_candles_that_readers_keep() -> None:
    assert timedelta(seconds=KEEP_SECONDS) < timedelta(days=CHANGE_DAYS) == timedelta(days=1)
