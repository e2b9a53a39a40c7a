"""The week in docs/scoring.md is one that the real pipeline makes, and the same each time."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from functions.settings import CHECKOUT
from tests.sim.week import END, draw, run_week

PAGE = (CHECKOUT / "docs" / "scoring.md").read_text()


def test_day_of_the_week_has_every_score_the_gate_and_what_became_of_each_setup(engine: Engine, tmp_path: Path) -> None:
    week = run_week(engine, end=END - timedelta(days=3, hours=18), days=1, pairs=5)
    assert len(week.closes) == 96
    assert all(np.isfinite(scores).all() and (scores >= 0).all() and (scores <= 100).all() for scores in week.scores.values())
    assert week.gates[-1] == (END - timedelta(days=5), 1)
    assert week.signals, "the gate is open for longs"
    assert {side for _, _, side in week.signals} == {"LONG"}
    assert sum(sum(counts.values()) for counts in week.rejections.values()) > len(week.signals)
    draw(week, tmp_path / "day.png")
    assert (tmp_path / "day.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.soak
def test_week_of_the_page_is_the_one_that_its_command_draws(engine: Engine) -> None:
    summary = run_week(engine).summary()
    assert f"{summary['signals']}\nbecome signals" in PAGE
    assert all(f"`{code}` {count}" in PAGE for code, count in dict(summary["rejections"]).items())  # type: ignore[call-overload]
