"""A collector that was stopped for longer than the history it wants still leaves no hole."""

from datetime import timedelta

from sqlalchemy import Engine

from functions.settings import Settings
from tests.property.collector.rig import Rig
from tests.property.collector.test_nothing_lost import assert_every_gap_is_closed, assert_the_exchanges_series, make_rig


async def whole_after_a_stop(rig: Rig, engine: Engine, days: int) -> None:
    rig.connect()
    await rig.repair()
    assert rig.stream is not None
    rig.stream.abort()
    rig.sim.walk(days * 86_400, step=86_400)
    rig.begin()
    await rig.recover()
    assert_the_exchanges_series(rig, engine)
    assert_every_gap_is_closed(engine)


async def test_a_stop_longer_than_the_wanted_history_leaves_no_hole(settings: Settings, engine: Engine) -> None:
    rig = make_rig(settings, engine, 5)
    assert timedelta(days=8) > timedelta(days=rig.settings.history_days)
    await whole_after_a_stop(rig, engine, 8)
