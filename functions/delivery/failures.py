"""What a refused message means: try again when, say it in plain text, or give it up."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """What Telegram, or the way to it, said.

    Args:
        description: the words, e.g. `Too Many Requests: retry after 7`.
        error_code: Telegram's error code; None when there was no answer.
        retry_after: seconds Telegram asks to wait.
    """

    description: str
    error_code: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same again after `pause`."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class PlainText:
    """Send it again at once, without markup."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It will never be accepted."""


def read_failure(description: str, error_code: int | None, retry_after: float | None) -> Failure:
    """Complete a failure from its words: n8n hands on the description, not always the code or the wait."""
    if retry_after is None and (found := re.search(r"retry after (\d+)", description, re.IGNORECASE)):
        retry_after = float(found[1])
        error_code = error_code or HTTPStatus.TOO_MANY_REQUESTS
    if error_code is None and (found := re.search(r"\b(4\d\d|5\d\d)\b", description)):
        error_code = int(found[1])
    if error_code is None and re.search(r"^bad request|can't parse entities", description, re.IGNORECASE):
        error_code = HTTPStatus.BAD_REQUEST
    if error_code is None and re.search(r"^forbidden|bot was blocked", description, re.IGNORECASE):
        error_code = HTTPStatus.FORBIDDEN
    return Failure(description, error_code, retry_after)


def next_step(failure: Failure, attempts: int, *, plain_already: bool) -> Retry | PlainText | GiveUp:
    """Decide what to do after a failed attempt.

    429 waits as told and a second more. Markup that Telegram cannot read is said once in plain text. Other refusals of this
    message or chat are final. Everything else (no answer, 5xx, a wrong token that a person will mend) is tried again with
    doubling pauses, until the alert itself expires.

    Args:
        failure: what was said.
        attempts: how often this delivery was claimed, this time included.
        plain_already: this attempt had no markup.
    """
    if failure.error_code == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry(timedelta(seconds=(failure.retry_after or 1) + 1))
    if failure.error_code == HTTPStatus.BAD_REQUEST and "entit" in failure.description.lower() and not plain_already:
        return PlainText()
    if failure.error_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return GiveUp()
    return Retry(min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE))
