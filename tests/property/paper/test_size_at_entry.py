"""Whatever is open and wherever the stop is: no limit is passed."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from functions.limits import Limits
from functions.paper.admission import HeldTrade, size_at_entry
from functions.paper.settling.position import Side

_SHARE = st.decimals(0, 1, places=4)
HOLDINGS = st.lists(st.builds(HeldTrade, st.sampled_from(["AUSDT", "BUSDT", "CUSDT"]), st.sampled_from(Side), _SHARE), max_size=7)
LIMITS = st.builds(
    Limits,
    risk=st.decimals("0.001", "0.05", places=4),
    position=st.decimals("0.01", 1, places=4),
    open_trades=st.integers(1, 7),
    open_in_one_direction=st.integers(1, 7),
    exposure=_SHARE,
)
ENTRY = Decimal(100)


@given(HOLDINGS, LIMITS, st.sampled_from(Side), st.decimals("0.01", "99.99", places=2))
def test_signal_that_takes_a_share_passes_no_limit(
    holdings: list[HeldTrade], limits: Limits, side: Side, distance: Decimal
) -> None:
    taken = size_at_entry("AUSDT", side, (ENTRY, ENTRY - side.sign * distance), holdings, Decimal(1), limits)
    assert (taken.share > 0) == (not taken.refusals)
    if taken.share:
        together = [*holdings, HeldTrade("AUSDT", side, taken.share)]
        assert taken.share <= limits.position
        assert taken.share * distance / ENTRY <= limits.risk * (1 + Decimal("1e-20"))
        assert sum(holding.cost for holding in together) <= limits.exposure
        assert len(together) <= limits.open_trades
        assert sum(holding.side is side for holding in together) <= limits.open_in_one_direction
        assert [holding.symbol for holding in together].count("AUSDT") == 1
