"""Which head judges on this desk: the newest that it has learnt, else the shipped one."""

from sqlalchemy import Engine

from functions.errors import InputRejected
from functions.logs import get_logger
from functions.sentiment import store
from functions.sentiment.classifier.head import Head, load_head

log = get_logger("sentiment")


def head_in_use(engine: Engine) -> Head:
    """Return the head that judges; one that cannot be read leaves the shipped one in its place."""
    with engine.connect() as connection:
        learnt = store.newest_head(connection)
    if learnt is None:
        return load_head()
    try:
        return Head.from_json(learnt[0].encode())
    except InputRejected as error:
        log.warning("the desk's own head cannot be read, the shipped one judges", taken_at=learnt[1], error=error.detail)
        return load_head()
