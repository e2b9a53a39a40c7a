"""How a gap ends: what counts as the exchange's word that it has no candle, and what does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from functions.errors import Broken, InputRejected, QuorumError, RetryLater
from functions.market import store
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.denials import APART
from functions.market.candles.gaps import PAGE, Run, to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RepairReport
from functions.market.run.repair import GapRepair
from functions.market.universe import Ticker

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
M15 = Timeframe.M15
ROW = (100.0, 102.0, 99.0, 101.0, 5.0, 500.0)
Answer = Callable[[Run], ClosedCandles]


def all_of(run: Run) -> ClosedCandles:
    times = [to_ms(run.first + number * M15.span) for number in range(run.count)]
    return ClosedCandles.from_rows(M15, to_ms(NOON), [run.symbol] * run.count, times, [ROW] * run.count)


def none_of(run: Run) -> ClosedCandles:
    return ClosedCandles.empty(M15, to_ms(NOON))


def newest_of(run: Run) -> ClosedCandles:
    """The newest candle that was asked for alone: the one beside the page shows that the exchange speaks of the pair."""
    return all_of(Run(run.symbol, run.timeframe, run.last, run.last))


def impossible(run: Run) -> ClosedCandles:
    none = none_of(run)
    return replace(none, impossible=(to_ms(run.first),))


class Script:
    """An exchange that answers in turn what it is told, the last again and again."""

    def __init__(self, *answers: Answer | QuorumError) -> None:
        self._answers = list(answers)
        self.asked: list[Run] = []

    async def candles(self, run: Run) -> ClosedCandles:
        self.asked.append(run)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, QuorumError):
            raise answer
        return answer(run)


AWAY = RetryLater("exchange_away", "away", 1.0)
UNKNOWN = InputRejected("unknown_symbol", "Bybit has no spot pair AUSDT")
REFUSED = Broken("exchange_rejects", "params error")


def run_of(candles: int, symbol: str = "AUSDT") -> Run:
    return Run(symbol, M15, NOON - (candles + 4) * M15.span, NOON - 5 * M15.span)


async def filled(engine: Engine, script: Script, times: int, *runs: Run, apart: timedelta = timedelta(0)) -> list[RepairReport]:
    """Fill so many times, so far apart, from noon on."""
    now = [NOON]
    repair = GapRepair(script, engine, lambda: now[0])
    await repair.open_missing(runs, "history")
    reports = []
    for _ in range(times):
        reports.append(await repair.repair(lambda _: True))
        now[0] += apart
    return reports


def known(engine: Engine, symbol: str, status: str, at: datetime) -> None:
    """Have a pair in the universe, that was priced or found gone at a moment."""
    gone = at if status == "Delisted" else None
    with engine.begin() as connection:
        values = {"name": symbol, "status": status, "at": at, "gone": gone}
        connection.execute(
            text("""INSERT INTO symbol VALUES (:name, 'A', 'USDT', :status, 1, 1, 1, '', false, :at, :at, :gone)"""), values
        )
        store.write_tickers(connection, [Ticker(symbol, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, at)])


def ledger(engine: Engine) -> list[store.Gap]:
    with engine.connect() as connection:
        return sorted(store.list_gaps(connection, state="all"), key=lambda gap: gap.id)


async def test_an_outage_and_one_denial_do_not_make_a_candle_absent(engine: Engine) -> None:
    await filled(engine, Script(AWAY, AWAY, newest_of), 3, run_of(3), apart=APART)
    (gap,) = ledger(engine)
    assert (gap.resolution, gap.attempts, gap.denials, gap.denied_at) == (None, 3, 1, NOON + 2 * APART)


async def test_two_denials_ten_minutes_apart_make_a_candle_absent(engine: Engine) -> None:
    first, _, last = await filled(engine, Script(newest_of, AWAY, newest_of), 3, run_of(3), apart=APART / 2)
    (gap,) = ledger(engine)
    assert (first.denied, first.absent, last.absent, gap.resolution) == (1, 0, 1, "absent")


async def test_many_denials_within_ten_minutes_are_one(engine: Engine) -> None:
    reports = await filled(engine, Script(newest_of), 9, run_of(3), apart=timedelta(minutes=1))
    (gap,) = ledger(engine)
    assert [report.denied for report in reports] == [1] * 9
    assert (gap.resolution, gap.denials, gap.unsettled, gap.denied_at) == (None, 1, 9, NOON)


@pytest.mark.parametrize("status", ["", "Trading"])
async def test_empty_answers_deny_nothing_however_long_they_come(engine: Engine, status: str) -> None:
    if status:
        known(engine, "AUSDT", status, NOON)
    *_, last = await filled(engine, Script(none_of), 30, run_of(3), apart=APART)
    (gap,) = ledger(engine)
    assert (gap.resolution, gap.denials, gap.unsettled, last.failed) == (None, 0, 30, 1)
    assert gap.last_error == "the exchange answers without any candle of the pair"
    (report,) = await filled(engine, Script(all_of), 1)
    assert report.filled == 1


async def test_empty_answers_for_a_pair_that_is_gone_make_its_candles_absent(engine: Engine) -> None:
    known(engine, "AUSDT", "Delisted", NOON - timedelta(hours=1))
    known(engine, "BUSDT", "Trading", NOON)  # another look, that lacked it too
    *_, last = await filled(engine, Script(none_of), 2, run_of(3), apart=APART)
    assert last.absent == 1


async def test_a_pair_that_trades_is_not_denied_by_an_exchange_that_does_not_know_it(engine: Engine) -> None:
    known(engine, "AUSDT", "Trading", NOON)
    for _ in range(3):
        (report,) = await filled(engine, Script(UNKNOWN), 1, run_of(3))
        assert (report.denied, report.absent) == (1, 0)
    (gap,) = ledger(engine)
    assert (gap.denials, gap.denied_at, gap.last_error) == (0, None, "Bybit has no spot pair AUSDT")


async def test_a_pair_without_a_price_for_ten_minutes_may_be_denied(engine: Engine) -> None:
    known(engine, "AUSDT", "Trading", NOON - APART)
    *_, last = await filled(engine, Script(UNKNOWN), 2, run_of(3), apart=APART)
    assert last.absent == 1


async def test_an_impossible_candle_is_denied_tries_are_spaced_out_and_it_becomes_absent(engine: Engine) -> None:
    first, last = await filled(engine, Script(impossible), 2, run_of(1), apart=APART)
    assert (first.denied, last.absent) == (1, 1)


async def test_a_gap_that_answers_do_not_settle_waits_longer_each_time(engine: Engine) -> None:
    waits = []
    for _ in range(4):
        await filled(engine, Script(none_of), 1, run_of(1))
        waits.append(ledger(engine)[0].due_in(NOON).total_seconds())
    assert waits == [1, 2, 4, 8]


async def test_a_denial_from_before_such_were_spaced_counts_as_none(engine: Engine) -> None:
    await filled(engine, Script(AWAY), 1, run_of(3))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE gap SET denials = 1")
    (report,) = await filled(engine, Script(newest_of), 1)
    assert (report.absent, ledger(engine)[0].denials) == (0, 1)


async def test_only_what_lacks_becomes_absent_and_the_head_of_a_young_pair_in_one_go(engine: Engine) -> None:
    run = run_of(2 * PAGE)
    listed = run.last - 200 * M15.span

    def young(asked: Run) -> ClosedCandles:
        return all_of(Run(asked.symbol, M15, max(asked.first, listed), asked.last)) if asked.last >= listed else none_of(asked)

    first, last = await filled(engine, Script(young), 2, run, apart=APART)
    assert (first.added, first.denied, last.absent) == (201, 1, 1)
    whole, head = ledger(engine)
    assert (whole.resolution, head.resolution, head.run.last) == ("filled", "absent", listed - M15.span)


async def absent_gap(engine: Engine) -> None:
    await filled(engine, Script(newest_of), 2, run_of(3), apart=APART)
    (gap,) = ledger(engine)
    assert gap.resolution == "absent"


async def test_what_is_absent_is_asked_for_again_and_filled_when_it_comes(engine: Engine) -> None:
    await absent_gap(engine)
    later = NOON + APART + timedelta(hours=1)
    assert await GapRepair(Script(all_of), engine, lambda: later - timedelta(seconds=1)).recheck_absent(["AUSDT"]) == 0
    assert await GapRepair(Script(all_of), engine, lambda: later).recheck_absent(["BUSDT"]) == 0
    assert await GapRepair(Script(all_of), engine, lambda: later).recheck_absent(["AUSDT"]) == 1
    (gap,) = ledger(engine)
    assert (gap.resolution, gap.denials) == (None, 0)
    (report,) = await filled(engine, Script(all_of), 1)
    assert (report.filled, report.added, ledger(engine)[0].resolution) == (1, 3, "filled")


async def test_what_stays_absent_is_asked_for_more_and_more_rarely(engine: Engine) -> None:
    await absent_gap(engine)
    script, asked_at = Script(newest_of), []
    for hour in range(1, 40):
        before = len(script.asked)
        assert await GapRepair(script, engine, lambda at=hour: NOON + APART + timedelta(hours=at)).recheck_absent(["AUSDT"]) == 0  # type: ignore[misc]
        if len(script.asked) > before:
            asked_at.append(hour)
    assert asked_at == [1, 3, 7, 15, 31]
    assert ledger(engine)[0].resolution == "absent"


async def test_candles_that_are_not_over_are_no_gap(engine: Engine) -> None:
    now = NOON + timedelta(minutes=10)
    with engine.begin() as connection:
        store.open_gaps(connection, [Run("AUSDT", M15, NOON, NOON + timedelta(hours=6))], "sweep", now)
        assert store.list_gaps(connection) == []
        store.open_gaps(connection, [Run("AUSDT", M15, NOON - M15.span, NOON + timedelta(hours=6))], "sweep", now)
        (gap,) = store.list_gaps(connection)
    assert (gap.first_open_time, gap.last_open_time) == (NOON - M15.span, NOON - M15.span)


async def test_gaps_that_a_wrong_clock_opened_in_the_future_are_taken_back(engine: Engine) -> None:
    ahead = NOON + timedelta(hours=6)
    runs = [Run("AUSDT", M15, NOON - M15.span, ahead), Run("BUSDT", M15, NOON, ahead)]
    with engine.begin() as connection:
        store.open_gaps(connection, runs, "sweep", ahead + timedelta(days=1))
        assert store.trim_gaps(connection, NOON + timedelta(minutes=1)) == 2
        (gap,) = store.list_gaps(connection)
    assert (gap.symbol, gap.last_open_time) == ("AUSDT", NOON - M15.span)


async def test_a_pair_delisted_after_the_first_page_keeps_that_page(engine: Engine) -> None:
    gone_at_once, again = await filled(engine, Script(all_of, UNKNOWN), 2, run_of(PAGE + 500), apart=APART)
    assert (gone_at_once.denied, gone_at_once.absent, gone_at_once.added) == (1, 0, PAGE - 1)
    assert (again.failed, again.absent) == (0, 1)
    whole, rest = ledger(engine)
    assert (whole.resolution, rest.resolution) == ("filled", "absent")
    assert (rest.run.count, rest.run.first) == (501, whole.run.first)


async def test_a_symbol_denied_once_and_back_again_is_filled(engine: Engine) -> None:
    _, last = await filled(engine, Script(UNKNOWN, all_of), 2, run_of(3))
    assert last.filled == 1


async def test_a_request_that_is_refused_is_its_own_gaps_trouble(engine: Engine) -> None:
    runs = [run_of(3, f"{name}USDT") for name in "ABCDEFGH"]
    (report,) = await filled(engine, Script(all_of, REFUSED, all_of), 1, *runs)
    assert (report.filled, report.failed, report.last_error) == (7, 1, "params error")
    (left,) = [gap for gap in ledger(engine) if gap.closed_at is None]
    assert (left.last_error, left.denials) == ("params error", 0)


async def test_a_refusal_in_a_verification_leaves_the_rest_verified(engine: Engine) -> None:
    answered: list[Run] = []
    runs = [run_of(3, f"{name}USDT") for name in "ABCD"]
    report = await GapRepair(Script(REFUSED, all_of), engine, lambda: NOON).verify(runs, answered.append)
    assert (report.failed, report.added, len(answered)) == (1, 9, 3)


async def test_an_answer_from_before_the_candle_was_over_answers_nothing(engine: Engine) -> None:
    answered: list[Run] = []
    early = Run("AUSDT", M15, NOON - M15.span, NOON - M15.span)
    await GapRepair(Script(none_of), engine, lambda: NOON).verify([early], answered.append)
    assert answered == []


def shut(database: str, engine: Engine, owner: Engine) -> Answer:
    """An answer during which the database goes away."""

    def answer(run: Run) -> ClosedCandles:
        with owner.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS false'))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": engine.url.database},
            )
        return all_of(run)

    return answer


async def test_a_database_that_goes_away_in_the_middle_comes_out_as_itself(database: str, engine: Engine, owner: Engine) -> None:
    runs = [run_of(3, f"{name}USDT") for name in "ABCDEFGH"]
    with pytest.raises(OperationalError):
        await filled(engine, Script(all_of, shut(database, engine, owner)), 1, *runs)
    with owner.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS true'))
    (report,) = await filled(engine, Script(all_of), 1)
    assert report.failed == 0
    assert {gap.resolution for gap in ledger(engine)} == {"filled"}


async def test_what_is_missing_is_looked_for_in_each_pairs_own_window(engine: Engine) -> None:
    short, long = run_of(3, "AUSDT"), run_of(500, "BUSDT")
    await filled(engine, Script(AWAY), 1, short, long)
    assert {gap.symbol: gap.run.count for gap in ledger(engine)} == {"AUSDT": 3, "BUSDT": 500}


def test_a_run_is_over_two_seconds_after_its_end() -> None:
    run = run_of(3)
    over = to_ms(run.last + M15.span + timedelta(seconds=2))
    assert (run.closes_by(over), run.closes_by(over - 1)) == (True, False)
