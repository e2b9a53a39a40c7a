"""What a database that is away said, fit for a log and for a person."""

from db.away import words_of
from functions.logs import hide_secrets


def database_words(error: BaseException) -> str:
    """Return the words of a failed call to the database in one line, without secrets."""
    return hide_secrets(words_of(error))
