"""What a refused message means: try again when, say it without markup or picture, or give it up."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)
LONGEST_ASKED = 86_400.0  # seconds


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
class WithoutPicture:
    """Send it again at once, as text alone."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """Nobody waits for it any more: the answer to a button that Telegram has forgotten."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It will never be accepted."""


# What names the code stands at the beginning; a number further on may be a place in the text, and words may be ours.
_AT_START = r"^(?:\w*error: )?(?:request failed with )?(?:status code )?"
_NUMBER = re.compile(rf"{_AT_START}([45]\d\d)\b", re.IGNORECASE)
_PHRASES = {
    HTTPStatus.TOO_MANY_REQUESTS: "too many requests",
    HTTPStatus.BAD_REQUEST: "bad request|can't parse entities",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request entity too large",
}
_WORDS = {code: re.compile(rf"{_AT_START}(?:{words})(?=:|$| - )", re.IGNORECASE) for code, words in _PHRASES.items()}
_RETRY_AFTER = re.compile(r"\bretry[ _]after\W{1,3}(\d{1,6})\b", re.IGNORECASE)


def read_failure(description: str, error_code: int | None, retry_after: float | None) -> Failure:
    """Complete a failure from its words: n8n hands on the description, not always the code or the wait."""
    if error_code is None and (found := _NUMBER.search(description)):
        error_code = int(found[1])
    if error_code is None:
        error_code = next((code for code, words in _WORDS.items() if words.search(description)), None)
    if error_code == HTTPStatus.TOO_MANY_REQUESTS and retry_after is None and (found := _RETRY_AFTER.search(description)):
        retry_after = float(found[1])
    return Failure(description, error_code, retry_after)


Step = Retry | PlainText | WithoutPicture | TooLate | GiveUp
_PICTURE = re.compile(r"photo|image|picture|file|caption|wrong remote|http url", re.IGNORECASE)
_FORGOTTEN = re.compile(r"query is too old|query id is invalid", re.IGNORECASE)
_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def next_step(failure: Failure, attempts: int, *, plain_already: bool, has_picture: bool = False) -> Step:
    """Decide what to do after a failed attempt.

    429 waits as told and a second more. A picture that Telegram does not take is left out, markup that it cannot read is taken
    out. Other refusals of this message or chat are final. Everything else (no answer, 5xx, a wrong token that a person will
    mend) is tried again with doubling pauses, until the alert itself expires.

    Args:
        failure: what was said.
        attempts: how often this delivery was claimed, this time included.
        plain_already: this attempt had no markup.
        has_picture: this attempt had a picture.
    """
    if _FORGOTTEN.search(failure.description):
        return TooLate()
    if has_picture and failure.error_code in _REFUSED and _PICTURE.search(failure.description):
        return WithoutPicture()
    if failure.error_code == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry(timedelta(seconds=min(failure.retry_after or 1, LONGEST_ASKED) + 1))
    if failure.error_code == HTTPStatus.BAD_REQUEST and "entit" in failure.description.lower() and not plain_already:
        return PlainText()
    if failure.error_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return GiveUp()
    return Retry(min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE))
