"""How much of the account a signal takes, worked out by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.limits import Limits
from functions.scoring.sizing import Holding, Obstacle, Size, size

LIMITS = Limits(
    risk=Decimal("0.005"),
    position=Decimal("0.1"),
    open_trades=5,
    open_in_one_direction=3,
    exposure=Decimal("0.5"),
)
HUNDRED = Decimal(100)


def held(*directions: int, share: str = "0.05") -> list[Holding]:
    return [Holding(f"C{number}USDT", direction, Decimal(share)) for number, direction in enumerate(directions)]


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
def test_share_of_equity(direction: int, stop: str, holdings: list[Holding], share: str) -> None:
    assert size("XUSDT", direction, HUNDRED, Decimal(stop), holdings, LIMITS) == Size(Decimal(share), ())


@pytest.mark.parametrize(
    ("direction", "holdings", "obstacles"),
    [
        pytest.param(1, held(1, 1, 1), [Obstacle.TOO_MANY_IN_ONE_DIRECTION], id="a fourth long"),
        pytest.param(-1, held(-1, -1, -1), [Obstacle.TOO_MANY_IN_ONE_DIRECTION], id="a fourth short"),
        pytest.param(1, held(1, 1, -1, -1, -1), [Obstacle.TOO_MANY_OPEN], id="a sixth"),
        pytest.param(1, [Holding("XUSDT", -1, Decimal("0.05"))], [Obstacle.PAIR_IS_OPEN], id="the pair is open already"),
        pytest.param(1, held(1, -1, share="0.25"), [Obstacle.EXPOSURE_FULL], id="nothing is left of the exposure"),
        pytest.param(1, held(1, -1, share="0.3"), [Obstacle.EXPOSURE_FULL], id="more is open than may be"),
        pytest.param(
            1,
            held(1, 1, 1, -1, -1, share="0.1"),
            [Obstacle.TOO_MANY_OPEN, Obstacle.TOO_MANY_IN_ONE_DIRECTION, Obstacle.EXPOSURE_FULL],
            id="all of them are kept",
        ),
    ],
)
def test_signal_with_an_obstacle_takes_nothing(direction: int, holdings: list[Holding], obstacles: list[Obstacle]) -> None:
    stop = HUNDRED - 10 * direction
    assert size("XUSDT", direction, HUNDRED, stop, holdings, LIMITS) == Size(Decimal(0), tuple(obstacles))


@pytest.mark.parametrize(("direction", "stop"), [(1, 100), (1, 101), (-1, 100), (-1, 99)])
def test_stop_on_the_winning_side_is_refused(direction: int, stop: int) -> None:
    with pytest.raises(ValueError, match="losing side"):
        size("XUSDT", direction, HUNDRED, Decimal(stop), [], LIMITS)


def test_limits_of_one_trade_let_a_second_wait() -> None:
    assert size("XUSDT", 1, HUNDRED, Decimal(90), held(-1), replace(LIMITS, open_trades=1)).obstacles == (Obstacle.TOO_MANY_OPEN,)
