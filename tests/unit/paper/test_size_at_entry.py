"""How much of the account a signal takes, worked out by hand; the equity is 1, so that costs are shares of it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.limits import Limits
from functions.paper.admission import HeldTrade, RefusalCode, Size, size_at_entry
from functions.paper.settling.position import Side

LIMITS = Limits(
    risk=Decimal("0.005"),
    position=Decimal("0.1"),
    open_trades=5,
    open_in_one_direction=3,
    exposure=Decimal("0.5"),
)
HUNDRED = Decimal(100)
SIDES = {1: Side.LONG, -1: Side.SHORT}


def size(direction: int, stop: Decimal, holdings: list[HeldTrade], limits: Limits = LIMITS) -> Size:
    return size_at_entry("XUSDT", SIDES[direction], (HUNDRED, stop), holdings, Decimal(1), limits)


def held(*directions: int, share: str = "0.05") -> list[HeldTrade]:
    return [HeldTrade(f"C{number}USDT", SIDES[direction], Decimal(share)) for number, direction in enumerate(directions)]


@pytest.mark.parametrize(
    ("direction", "stop", "holdings", "share"),
    [
        pytest.param(1, "90", [], "0.05", id="a stop of 10% takes 5%"),
        pytest.param(-1, "110", [], "0.05", id="short"),
        pytest.param(1, "80", [], "0.025", id="a stop twice as wide takes half"),
        pytest.param(1, "95", [], "0.1", id="a stop at which the cap is just reached"),
        pytest.param(1, "99", [], "0.1", id="a narrow stop takes the cap"),
        pytest.param(1, "90", held(1, 1, -1, -1), "0.05", id="a fifth"),
        pytest.param(1, "90", held(1, -1, share="0.23"), "0.04", id="what is left of the exposure"),
    ],
)
def test_share_of_equity(direction: int, stop: str, holdings: list[HeldTrade], share: str) -> None:
    assert size(direction, Decimal(stop), holdings) == Size(Decimal(share), ())


@pytest.mark.parametrize(
    ("direction", "holdings", "obstacles"),
    [
        pytest.param(1, held(1, 1, 1), [RefusalCode.TOO_MANY_IN_ONE_DIRECTION], id="a fourth long"),
        pytest.param(-1, held(-1, -1, -1), [RefusalCode.TOO_MANY_IN_ONE_DIRECTION], id="a fourth short"),
        pytest.param(1, held(1, 1, -1, -1, -1), [RefusalCode.TOO_MANY_OPEN], id="a sixth"),
        pytest.param(
            1, [HeldTrade("XUSDT", Side.SHORT, Decimal("0.05"))], [RefusalCode.PAIR_IS_OPEN], id="the pair is open already"
        ),
        pytest.param(1, held(1, -1, share="0.25"), [RefusalCode.EXPOSURE_FULL], id="nothing is left of the exposure"),
        pytest.param(1, held(1, -1, share="0.3"), [RefusalCode.EXPOSURE_FULL], id="more is open than may be"),
        pytest.param(
            1,
            held(1, 1, 1, -1, -1, share="0.1"),
            [RefusalCode.TOO_MANY_OPEN, RefusalCode.TOO_MANY_IN_ONE_DIRECTION, RefusalCode.EXPOSURE_FULL],
            id="all of them are kept",
        ),
    ],
)
def test_signal_with_an_obstacle_takes_nothing(direction: int, holdings: list[HeldTrade], obstacles: list[RefusalCode]) -> None:
    stop = HUNDRED - 10 * direction
    assert size(direction, stop, holdings) == Size(Decimal(0), tuple(obstacles))


@pytest.mark.parametrize(("direction", "stop"), [(1, 100), (1, 101), (-1, 100), (-1, 99)])
def test_stop_on_the_winning_side_is_refused(direction: int, stop: int) -> None:
    with pytest.raises(ValueError, match="losing side"):
        size(direction, Decimal(stop), [])


def test_limits_of_one_trade_let_a_second_wait() -> None:
    assert size(1, Decimal(90), held(-1), replace(LIMITS, open_trades=1)).refusals == (RefusalCode.TOO_MANY_OPEN,)


def test_room_is_a_share_of_the_equity_it_is_measured_by() -> None:
    thousand = size_at_entry("XUSDT", Side.LONG, (HUNDRED, Decimal(90)), held(1, share="480"), Decimal(1000), LIMITS)
    assert thousand == Size(Decimal("0.02"), ())
