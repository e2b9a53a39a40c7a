"""numpy columns travel into Postgres exactly."""

import numpy as np
import pytest
from sqlalchemy import Engine, text


def test_float_and_int_columns_arrive_exactly(engine: Engine) -> None:
    floats = np.array([0.1, 1e-9, 1e6, np.nan, -0.0, 65140.4])
    ints = np.array([0, -1, 2**62, 1_704_067_200_000, 5, 6])
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT CAST(:floats AS float8[]) AS f, CAST(:ints AS bigint[]) AS i"), {"floats": floats, "ints": ints}
        )
        found = row.one()
    np.testing.assert_array_equal(np.array(found.f), floats)
    assert found.i == ints.tolist()


def test_a_slice_with_gaps_in_memory_arrives_in_order(engine: Engine) -> None:
    grid = np.arange(12.0).reshape(3, 4)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT CAST(:c AS float8[])"), {"c": grid[:, 1]}) == [1.0, 5.0, 9.0]


@pytest.mark.parametrize("array", [np.zeros((2, 2)), np.zeros(2, dtype=np.float32), np.array(["a"])])
def test_other_arrays_are_refused(engine: Engine, array: np.ndarray) -> None:
    with engine.connect() as connection, pytest.raises(TypeError, match="one-dimensional"):
        connection.execute(text("SELECT :c"), {"c": array})
