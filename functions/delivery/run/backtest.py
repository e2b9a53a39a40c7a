"""The answer about the newest backtest: its figures, under a picture of its equity."""

from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from functions.backtest import store
from functions.backtest.parity.run import newest_line
from functions.delivery.messages.message import CAPTION_LIMIT, Message, shorten
from functions.delivery.messages.texts import backtest as texts
from functions.delivery.messages.words import Words


def newest(connection: Connection, now: datetime, at: datetime, words: Words) -> Message:
    """Return what the backtest gave that was done last, and how far the desk agrees with it; `now` is wall time, `at` market."""
    run = store.newest_done(connection, now)
    if run is None:
        return Message(texts.no_backtest(words))
    agreed = newest_line(connection, at)
    text = texts.backtest(run, words, agreed.model_dump(mode="json") if agreed else None)
    return Message(text, shorten(text, CAPTION_LIMIT), f"/charts/backtests/{run['id']}.png?{urlencode(words.query)}")
