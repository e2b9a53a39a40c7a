"""Scans take turns, and those who ask while one runs share the next."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Semaphore
from typing import Final

import pytest

from functions.market.candles.timeframe import Timeframe
from functions.technical.run.scan import ScanReport
from functions.technical.run.turns import ScanTurns
from tests.desk import until
from tests.unit.technical.making import END

SECONDS: Final = 30
QUARTER = frozenset({Timeframe.M15})
HOUR = frozenset({Timeframe.M15, Timeframe.H1})
LATER = END + timedelta(minutes=15)


class Scans:
    """Scans that are held until they are let go, one after the other."""

    def __init__(self) -> None:
        self.begun: list[tuple[datetime, frozenset[Timeframe]]] = []
        self._going = Semaphore(0)
        self.error: Exception | None = None

    def end(self, how_many: int = 100) -> None:
        """Let scans come to their end, those that run or will begin."""
        self._going.release(how_many)

    def __call__(self, as_of: datetime, timeframes: frozenset[Timeframe]) -> ScanReport:
        self.begun.append((as_of, timeframes))
        assert self._going.acquire(timeout=SECONDS)
        if self.error:
            raise self.error
        return ScanReport(as_of)


class Asked:
    """Requests that came one after the other: the first one's scan runs, the others wait for theirs."""

    def __init__(self, pool: ThreadPoolExecutor, scans: Scans) -> None:
        self._pool, self.turns, self.scans = pool, ScanTurns(), scans

    def first(self) -> Future[ScanReport]:
        answer = self._pool.submit(self.turns.shared, END, QUARTER, self.scans)
        until(lambda: len(self.scans.begun) == 1, "the first scan runs", SECONDS)
        return answer

    def then(self, as_of: datetime, timeframes: frozenset[Timeframe]) -> Future[ScanReport]:
        before = self.turns.waiting
        answer = self._pool.submit(self.turns.shared, as_of, timeframes, self.scans)
        until(lambda: self.turns.waiting == before + 1, "it waits for a turn", SECONDS)
        return answer

    def alone(self) -> Future[ScanReport]:
        return self._pool.submit(self.turns.alone, END, QUARTER, self.scans)


@pytest.fixture
def asked() -> Asked:
    return Asked(ThreadPoolExecutor(12), Scans())


def test_requests_that_come_while_a_scan_runs_share_the_next_one(asked: Asked) -> None:
    first, others = asked.first(), [asked.then(END, QUARTER) for _ in range(5)]
    asked.scans.end()
    reports = [answer.result(SECONDS) for answer in others]
    assert len(asked.scans.begun) == 2
    assert all(report is reports[0] for report in reports)
    assert first.result(SECONDS) is not reports[0]


def test_shared_scan_is_of_every_timeframe_and_of_the_newest_moment_asked_for(asked: Asked) -> None:
    asked.first()
    others = [asked.then(*each) for each in ((END, HOUR), (LATER, QUARTER), (END, frozenset({Timeframe.D1})))]
    asked.scans.end()
    assert {answer.result(SECONDS).as_of for answer in others} == {LATER}
    assert asked.scans.begun == [(END, QUARTER), (LATER, HOUR | {Timeframe.D1})]


def test_request_that_comes_when_the_shared_scan_runs_gets_another_one(asked: Asked) -> None:
    """What it wants scanned may have been stored when that one had already looked."""
    asked.first()
    second = asked.then(END, QUARTER)
    asked.scans.end(1)
    until(lambda: len(asked.scans.begun) == 2, "the shared scan runs", SECONDS)
    third = asked.then(END, QUARTER)
    asked.scans.end()
    assert third.result(SECONDS) is not second.result(SECONDS)
    assert len(asked.scans.begun) == 3


def test_failure_is_everybodys_and_the_next_request_scans_again(asked: Asked) -> None:
    asked.scans.error = RuntimeError("no database")
    answers = [asked.first(), *(asked.then(END, QUARTER) for _ in range(3))]
    asked.scans.end()
    for answer in answers:
        with pytest.raises(RuntimeError, match="no database"):
            answer.result(SECONDS)
    asked.scans.error = None
    assert asked.turns.shared(END, QUARTER, asked.scans).as_of == END


def test_scan_of_a_moment_of_its_own_is_shared_with_nobody(asked: Asked) -> None:
    asked.first()
    shared = asked.then(LATER, HOUR)
    alone = [asked.alone(), asked.alone()]
    asked.scans.end()
    reports = [answer.result(SECONDS) for answer in (shared, *alone)]
    assert [report.as_of for report in reports] == [LATER, END, END]
    assert sorted(asked.scans.begun, key=str) == sorted([(END, QUARTER)] * 3 + [(LATER, HOUR)], key=str)
