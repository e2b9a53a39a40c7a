"""Every way Telegram says no, and what follows."""

from datetime import timedelta

import pytest

from functions.delivery.failures import Failure, GiveUp, PlainText, Retry, next_step, read_failure


@pytest.mark.parametrize(
    ("failure", "plain_already", "expected"),
    [
        (Failure("Too Many Requests: retry after 7", 429, 7), False, Retry(timedelta(seconds=8))),
        (Failure("Too Many Requests", 429), False, Retry(timedelta(seconds=2))),
        (Failure("Bad Request: can't parse entities: Unsupported start tag", 400), False, PlainText()),
        (Failure("Bad Request: can't parse entities: Unsupported start tag", 400), True, GiveUp()),
        (Failure("Bad Request: chat not found", 400), False, GiveUp()),
        (Failure("Forbidden: bot was blocked by the user", 403), False, GiveUp()),
        (Failure("Unauthorized", 401), False, Retry(timedelta(seconds=2))),
        (Failure("Bad Gateway", 502), False, Retry(timedelta(seconds=2))),
        (Failure("ECONNREFUSED"), False, Retry(timedelta(seconds=2))),
    ],
)
def test_next_step_of_a_first_attempt(failure: Failure, plain_already: bool, expected: object) -> None:
    assert next_step(failure, 1, plain_already=plain_already) == expected


def test_next_step_doubles_the_pause_up_to_a_minute() -> None:
    pauses = [next_step(Failure("down"), attempts, plain_already=False) for attempts in (1, 2, 3, 6, 50)]
    assert pauses == [Retry(timedelta(seconds=seconds)) for seconds in (2, 4, 8, 60, 60)]


@pytest.mark.parametrize(
    ("description", "code", "expected"),
    [
        ("Too Many Requests: retry after 14", None, Failure("Too Many Requests: retry after 14", 429, 14)),
        ("Bad Request: can't parse entities", None, Failure("Bad Request: can't parse entities", 400)),
        ("Forbidden: bot was blocked by the user", None, Failure("Forbidden: bot was blocked by the user", 403)),
        ("502 - Bad Gateway", None, Failure("502 - Bad Gateway", 502)),
        ("connect ECONNREFUSED 127.0.0.1", None, Failure("connect ECONNREFUSED 127.0.0.1")),
    ],
)
def test_read_failure_completes_from_the_words(description: str, code: int | None, expected: Failure) -> None:
    assert read_failure(description, code, None) == expected
