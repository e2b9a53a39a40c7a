"""What follows when a message was refused: retry after a pause, send it without markup or picture, or give it up."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)
LONGEST_ASKED = 86_400.0  # seconds
PICTURE_TRIES = 2


@dataclass(frozen=True, slots=True)
class Failure:
    """What Telegram, or the way to it, said.

    Args:
        description: the words, e.g. `Too Many Requests: retry after 7`.
        error_code: Telegram's error code; None when there was no answer.
        retry_after: seconds Telegram asks to wait.
        moved_to: the supergroup that the group has become.
    """

    description: str
    error_code: int | None = None
    retry_after: float | None = None
    moved_to: int | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Send it again after `pause`; `pictureless` as text alone."""

    pause: timedelta
    pictureless: bool = False


@dataclass(frozen=True, slots=True)
class Flooded:
    """Send nothing to this chat for `pause`, as Telegram asks."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class PlainText:
    """Send it again at once, without markup."""


@dataclass(frozen=True, slots=True)
class WithoutPicture:
    """Send it again at once, as text alone."""


@dataclass(frozen=True, slots=True)
class WithoutTopic:
    """Send it again at once, into the group itself: its topic is closed or gone."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The group is a supergroup now: send it there, once its id (`to`) is known."""

    to: int | None


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
_MOVED_TO = re.compile(r"migrate_to_chat_id\W{1,4}(-\d{1,18})\b")
_RETRY_AFTER = re.compile(r"\bretry[ _]after\W{1,3}(\d{1,6})\b", re.IGNORECASE)


def read_failure(description: str, error_code: int | None, retry_after: float | None, moved_to: int | None = None) -> Failure:
    """Complete a failure from its words: n8n hands on the description, not always the code or the wait."""
    if error_code is None and (match := _NUMBER.search(description)):
        error_code = int(match[1])
    if error_code is None:
        error_code = next((code for code, words in _WORDS.items() if words.search(description)), None)
    if error_code == HTTPStatus.TOO_MANY_REQUESTS and retry_after is None and (match := _RETRY_AFTER.search(description)):
        retry_after = float(match[1])
    if moved_to is None and (match := _MOVED_TO.search(description)):
        moved_to = int(match[1])
    return Failure(description, error_code, retry_after, moved_to)


Step = Retry | Flooded | PlainText | WithoutPicture | WithoutTopic | Moved | TooLate | GiveUp
_PICTURE = re.compile(r"photo|image|picture|file|caption|wrong remote|http url", re.IGNORECASE)
_UPGRADED = re.compile(r"upgraded to a supergroup", re.IGNORECASE)
_TOPIC = re.compile(r"message thread not found|topic_closed|topic_deleted|topic_id_invalid", re.IGNORECASE)
_FORGOTTEN = re.compile(r"query is too old|query id is invalid", re.IGNORECASE)
_FINAL = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def next_step(
    failure: Failure, failures: int, *, plain_already: bool, has_picture: bool = False, has_topic: bool = False
) -> Step:
    """Decide what to do after a failed attempt.

    429 waits as told and a second more. A picture that Telegram does not take is left out, markup that it cannot read is taken
    out, a topic that is gone is passed over, a group that became a supergroup is followed. Other refusals of this message or chat
    are final. Everything else (no answer, 5xx, a wrong token that a person will mend) is tried again with doubling pauses, until
    the alert itself expires; from the third try on as text alone, since uploads may be what does not get through.

    Args:
        failure: what was said.
        failures: how often this delivery was to be tried again after a pause, this time not included.
        plain_already: this attempt had no markup.
        has_picture: this attempt had a picture.
        has_topic: this attempt went into a topic.
    """
    if _FORGOTTEN.search(failure.description):
        return TooLate()
    if failure.moved_to is not None or _UPGRADED.search(failure.description):
        return Moved(failure.moved_to)
    if failure.error_code == HTTPStatus.TOO_MANY_REQUESTS:
        return Flooded(timedelta(seconds=min(failure.retry_after or 1, LONGEST_ASKED) + 1))
    if failure.error_code in _FINAL:
        return _other_form(failure, plain_already=plain_already, has_picture=has_picture, has_topic=has_topic) or GiveUp()
    return Retry(pause_after(failures + 1), pictureless=has_picture and failures + 1 >= PICTURE_TRIES)


def pause_after(failures: int) -> timedelta:
    """Return the pause after so many failures: 2, 4, 8, ... seconds, a minute at most."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(failures - 1, 10)
    return min(doubled, LONGEST_PAUSE)


def _other_form(failure: Failure, *, plain_already: bool, has_picture: bool, has_topic: bool) -> Step | None:
    """Return the form in which Telegram may take what it refused; None when there is none."""
    if has_topic and _TOPIC.search(failure.description):
        return WithoutTopic()
    if failure.error_code == HTTPStatus.FORBIDDEN:
        return None
    if has_picture and _PICTURE.search(failure.description):
        return WithoutPicture()
    if failure.error_code == HTTPStatus.BAD_REQUEST and "entit" in failure.description.lower() and not plain_already:
        return PlainText()
    return None
