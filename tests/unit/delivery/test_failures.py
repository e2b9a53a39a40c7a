"""Every way Telegram says no, and what follows."""

from datetime import timedelta

import pytest

from functions.delivery.outbox.failures import (
    PICTURE_TRIES,
    Failure,
    Flooded,
    GiveUp,
    Moved,
    PlainText,
    Retry,
    TooLate,
    WithoutPicture,
    WithoutTopic,
    next_step,
    read_failure,
)


@pytest.mark.parametrize(
    ("failure", "plain_already", "expected"),
    [
        (Failure("Too Many Requests: retry after 7", 429, 7), False, Flooded(timedelta(seconds=8))),
        (Failure("Too Many Requests", 429), False, Flooded(timedelta(seconds=2))),
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
    assert next_step(failure, 0, plain_already=plain_already) == expected


def test_next_step_doubles_the_pause_up_to_a_minute() -> None:
    pauses = [next_step(Failure("down"), failures, plain_already=False) for failures in (0, 1, 2, 5, 49)]
    assert pauses == [Retry(timedelta(seconds=seconds)) for seconds in (2, 4, 8, 60, 60)]


@pytest.mark.parametrize(
    ("description", "code", "retry_after"),
    [
        ("Too Many Requests: retry after 14", 429, 14),
        ("Too Many Requests: retry after 400", 429, 400),
        ('429 - {"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5"}', 429, 5),
        ("Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 412", 400, None),
        ('Bad Request: can\'t parse entities: Unsupported start tag "retry after 9" at byte offset 503', 400, None),
        ("can't parse entities", 400, None),
        ("Bad Request: chat not found", 400, None),
        ("Bad Request: PHOTO_INVALID_DIMENSIONS", 400, None),
        ("Bad Request: message is too long", 400, None),
        ("Bad Request: query is too old and response timeout expired or query ID is invalid", 400, None),
        ("Bad request - please check your parameters", 400, None),
        ("Forbidden: bot was blocked by the user", 403, None),
        ("Forbidden: bot was kicked from the group chat", 403, None),
        ("Forbidden: user is deactivated", 403, None),
        ("Request Entity Too Large", 413, None),
        ("502 - Bad Gateway", 502, None),
        ("Request failed with status code 503", 503, None),
        ("AxiosError: Request failed with status code 400", 400, None),
        ("Unauthorized", None, None),
        ("Internal Server Error: sent 400 bytes", None, None),
        ("connect ECONNREFUSED 127.0.0.1:443", None, None),
        ("connect ECONNREFUSED 149.154.167.220:443 after 500 ms", None, None),
        ("Forbidden by access permissions, make sure you have the right permissions", None, None),
        ("The connection timed out, consider setting the 'Retry on Fail' option in the node settings", None, None),
    ],
)
def test_read_failure_takes_code_and_wait_from_where_they_stand(
    description: str, code: int | None, retry_after: int | None
) -> None:
    assert read_failure(description, None, None) == Failure(description, code, retry_after)


def test_read_failure_believes_the_code_it_is_given() -> None:
    assert read_failure("Bad Request: x", 502, None) == Failure("Bad Request: x", 502)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 412", PlainText()),
        ("Bad Request: can't parse entities: Unexpected end tag at byte offset 429", PlainText()),
        ("Forbidden: bot was blocked by the user", GiveUp()),
        ("Bad Request: PHOTO_INVALID_DIMENSIONS", WithoutPicture()),
        ("Bad Request: query is too old and response timeout expired or query ID is invalid", TooLate()),
        ("502 - Bad Gateway", Retry(timedelta(seconds=2))),
    ],
)
def test_words_of_telegram_lead_to_their_step(description: str, expected: object) -> None:
    assert next_step(read_failure(description, None, None), 0, plain_already=False, has_picture=True) == expected


def test_picture_that_does_not_get_through_is_left_out_after_some_tries() -> None:
    steps = [next_step(Failure("ETIMEDOUT"), failures, plain_already=False, has_picture=True) for failures in range(3)]
    assert steps == [Retry(timedelta(seconds=2)), Retry(timedelta(seconds=4), True), Retry(timedelta(seconds=8), True)]
    assert PICTURE_TRIES == 2


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED"])
def test_topic_that_is_gone_is_passed_over_once(words: str) -> None:
    failure = read_failure(f"Bad Request: {words}", None, None)
    assert next_step(failure, 0, plain_already=False, has_topic=True) == WithoutTopic()
    assert next_step(failure, 0, plain_already=False) == GiveUp()


@pytest.mark.parametrize(
    ("description", "code", "moved_to", "expected"),
    [
        ("Bad Request: group chat was upgraded to a supergroup chat", None, None, Moved(None)),
        ("Bad Request: group chat was upgraded to a supergroup chat", 400, -1001502049385, Moved(-1001502049385)),
        ('400 - {"description":"Bad Request: x","parameters":{"migrate_to_chat_id":-100150}}', None, None, Moved(-100150)),
        ("Forbidden: the group chat was upgraded to a supergroup chat", None, None, Moved(None)),
    ],
)
def test_group_that_became_a_supergroup_is_followed(
    description: str, code: int | None, moved_to: int | None, expected: Moved
) -> None:
    failure = read_failure(description, code, None, moved_to)
    assert next_step(failure, 0, plain_already=False, has_picture=True) == expected


def test_forbidden_picture_is_given_up_with_its_message() -> None:
    assert next_step(Failure("Forbidden: no rights to send photos", 403), 0, plain_already=False, has_picture=True) == GiveUp()
