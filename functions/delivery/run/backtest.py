"""The answer about the newest backtest: its figures, under a picture of its equity."""

from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from functions.backtest import store
from functions.delivery.messages.message import CAPTION_LIMIT, Message, shorten
from functions.delivery.messages.texts import backtest as texts
from functions.delivery.messages.words import Words


def newest(connection: Connection, now: datetime, words: Words) -> Message:
    """Return what the backtest gave that was done last; `now` is wall time."""
    run = store.newest_done(connection, now)
    if run is None:
        return Message(texts.no_backtest(words))
    text = texts.backtest(run, words)
    return Message(text, shorten(text, CAPTION_LIMIT), f"/charts/backtests/{run['id']}.png?{urlencode(words.query)}")
