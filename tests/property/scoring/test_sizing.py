"""Whatever is open and wherever the stop is: no limit is passed."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from functions.limits import Limits
from functions.scoring.sizing import Holding, size

_SHARE = st.decimals(0, 1, places=4)
HOLDINGS = st.lists(
    st.builds(Holding, st.sampled_from(["AUSDT", "BUSDT", "CUSDT"]), st.sampled_from([-1, 1]), _SHARE), max_size=7
)
LIMITS = st.builds(
    Limits,
    risk=st.decimals("0.001", "0.05", places=4),
    position=st.decimals("0.01", 1, places=4),
    open_trades=st.integers(1, 7),
    open_in_one_direction=st.integers(1, 7),
    exposure=_SHARE,
)
ENTRY = Decimal(100)


@given(HOLDINGS, LIMITS, st.sampled_from([-1, 1]), st.decimals("0.01", "99.99", places=2))
def test_signal_that_takes_a_share_passes_no_limit(
    holdings: list[Holding], limits: Limits, direction: int, distance: Decimal
) -> None:
    taken = size("AUSDT", direction, ENTRY, ENTRY - direction * distance, holdings, limits)
    assert (taken.share > 0) == (not taken.obstacles)
    if taken.share:
        together = [*holdings, Holding("AUSDT", direction, taken.share)]
        assert taken.share <= limits.position
        assert taken.share * distance / ENTRY <= limits.risk * (1 + Decimal("1e-20"))
        assert sum(holding.share for holding in together) <= limits.exposure
        assert len(together) <= limits.open_trades
        assert sum(holding.direction == direction for holding in together) <= limits.open_in_one_direction
        assert [holding.symbol for holding in together].count("AUSDT") == 1
