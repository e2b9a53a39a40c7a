"""What scans left of short timeframes goes when nobody reads it any more."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles import Timeframe
from tests.unit.technical.making import END

AGES = [timedelta(days=days) for days in (0, 2, 4, 30, 32, 400)]


def test_states_of_5m_and_15m_end_before_their_candles_and_longer_ones_stay(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for timeframe in Timeframe:
            for age in AGES:
                connection.execute(
                    text("INSERT INTO technical_state VALUES ('AAAUSDT', :timeframe, :close, 1, 'NEUTRAL', '', '{}')"),
                    {"timeframe": timeframe.value, "close": END - age},
                )
    for expected in (4 + 2, 0):
        done = client.post("/market/retention/apply", params={"as_of": END.isoformat()}).json()
        assert done["ledger"] == expected
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT timeframe, close_time FROM technical_state")).all()
    left = {timeframe: sorted(END - row.close_time for row in rows if row.timeframe == timeframe) for timeframe in Timeframe}
    assert left == {
        Timeframe.M5: AGES[:2],
        Timeframe.M15: AGES[:4],
        Timeframe.H1: AGES,
        Timeframe.H4: AGES,
        Timeframe.D1: AGES,
    }
