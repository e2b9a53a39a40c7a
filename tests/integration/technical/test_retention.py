"""What scans left of a close goes when nobody reads it any more."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.timeframe import Timeframe
from tests.unit.technical.making import END

AGES = [timedelta(days=days) for days in (0, 2, 4, 30, 32, 90, 94, 399, 402)]


def test_states_of_every_timeframe_have_an_end(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for timeframe in Timeframe:
            for age in AGES:
                connection.execute(
                    text("INSERT INTO technical_state VALUES ('AAAUSDT', :timeframe, :close, 1, 'NEUTRAL', '', '{}')"),
                    {"timeframe": timeframe.value, "close": END - age},
                )
    for expected in (7 + 5 + 5 + 3 + 1, 0):
        done = client.post("/market/retention/apply", params={"as_of": END.isoformat()}).json()
        assert done["kinds"]["states"] == expected
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT timeframe, close_time FROM technical_state")).all()
    left = {timeframe: sorted(END - row.close_time for row in rows if row.timeframe == timeframe) for timeframe in Timeframe}
    assert left == {
        Timeframe.M5: AGES[:2],
        Timeframe.M15: AGES[:4],
        Timeframe.H1: AGES[:4],
        Timeframe.H4: AGES[:6],
        Timeframe.D1: AGES[:8],
    }


def test_mark_of_what_is_scanned_stays_however_long_nothing_was(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO processed_close (function, timeframe, version, symbol, close_time, horizon, processed_at)
                    VALUES ('technical', '5m', 1, '', :close, 0, :close)"""),
            {"close": END - max(AGES)},
        )
    client.post("/market/retention/apply", params={"as_of": END.isoformat()}).raise_for_status()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM processed_close")) == 1
