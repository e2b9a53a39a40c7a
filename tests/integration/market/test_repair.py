"""How a gap ends: what counts as the exchange's word that it has no candle, and what does not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from functions.errors import Broken, InputRejected, QuorumError, RetryLater
from functions.market import store
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles
from functions.market.gaps import PAGE, Run, to_ms
from functions.market.repair import Repair, Report

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
M15 = Timeframe.M15
ROW = (100.0, 102.0, 99.0, 101.0, 5.0, 500.0)
Answer = Callable[[Run], ClosedCandles]


def all_of(run: Run) -> ClosedCandles:
    times = [to_ms(run.first + number * M15.span) for number in range(run.count)]
    return ClosedCandles.from_rows(M15, to_ms(NOON), [run.symbol] * run.count, times, [ROW] * run.count)


def none_of(run: Run) -> ClosedCandles:
    return ClosedCandles.empty(M15, to_ms(NOON))


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


async def filled(engine: Engine, script: Script, times: int, *runs: Run) -> list[Report]:
    repair = Repair(script, engine, lambda: NOON)
    await repair.open_missing(runs, "history")
    return [await repair.fill(lambda _: True) for _ in range(times)]


def ledger(engine: Engine) -> list[store.Gap]:
    with engine.connect() as connection:
        return sorted(store.list_gaps(connection, state="all"), key=lambda gap: gap.id)


async def test_an_outage_and_one_empty_answer_do_not_make_a_candle_absent(engine: Engine) -> None:
    await filled(engine, Script(AWAY, AWAY, none_of), 3, run_of(3))
    (gap,) = ledger(engine)
    assert (gap.resolution, gap.attempts, gap.denials) == (None, 3, 1)


async def test_two_empty_answers_make_a_candle_absent(engine: Engine) -> None:
    first, _, last = await filled(engine, Script(none_of, AWAY, none_of), 3, run_of(3))
    (gap,) = ledger(engine)
    assert (first.absent, last.absent, gap.resolution) == (0, 1, "absent")


async def test_a_pair_delisted_after_the_first_page_keeps_that_page(engine: Engine) -> None:
    gone_at_once, again = await filled(engine, Script(all_of, UNKNOWN), 2, run_of(PAGE + 500))
    assert (gone_at_once.failed, gone_at_once.absent, gone_at_once.added) == (1, 0, PAGE)
    assert (again.failed, again.absent) == (0, 1)
    whole, rest = ledger(engine)
    assert (whole.resolution, rest.resolution) == ("filled", "absent")
    assert (rest.run.count, rest.run.first) == (500, whole.run.first)


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
    report = await Repair(Script(REFUSED, all_of), engine, lambda: NOON).verify(runs, answered.append)
    assert (report.failed, report.added, len(answered)) == (1, 9, 3)


async def test_an_answer_from_before_the_candle_was_over_answers_nothing(engine: Engine) -> None:
    answered: list[Run] = []
    early = Run("AUSDT", M15, NOON - M15.span, NOON - M15.span)
    await Repair(Script(none_of), engine, lambda: NOON).verify([early], answered.append)
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
