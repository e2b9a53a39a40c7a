"""What the trader of the demo asks for."""

from decimal import Decimal

from functions.operations.demo_trader import plan_order
from functions.paper.requests import OpenRequest


def test_by_turns_two_targets_and_a_stop_are_near_and_every_order_can_be_read() -> None:
    near_target, again, near_stop = (OpenRequest.model_validate(plan_order(number, "BTCUSDT", 200.0)) for number in range(3))
    assert (near_target.stop, near_target.targets[0]) == (Decimal(190), Decimal("200.8"))
    assert again.targets == near_target.targets
    assert (near_stop.stop, near_stop.targets[0]) == (Decimal("199.84"), Decimal(210))
    assert len({near_target.request_id, again.request_id, near_stop.request_id}) == 3


def test_price_of_a_cheap_coin_keeps_its_digits() -> None:
    order = OpenRequest.model_validate(plan_order(0, "PEPEUSDT", 1.234e-05))
    assert order.stop == Decimal("0.00001172")
