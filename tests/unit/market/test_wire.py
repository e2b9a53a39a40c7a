"""What the exchange writes, and what cannot be a time, a number or a name."""

import pytest

from functions.market.wire import EARLIEST, LATEST, moment_of, name_of, number_of


@pytest.mark.parametrize("value", [EARLIEST, LATEST - 1, str(EARLIEST)])
def test_times_are_read(value: object) -> None:
    assert moment_of(value) == int(str(value))


@pytest.mark.parametrize("value", [EARLIEST - 1, LATEST, None, "", "x", "1e12", 1.7e12, True, -EARLIEST, 10**4000, "٣" * 13])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="time in ms"):
        moment_of(value)


@pytest.mark.parametrize(("value", "number"), [("1.5", 1.5), ("-0.01", -0.01), (3, 3.0), (2.5, 2.5), ("1e-8", 1e-8), ("7.", 7.0)])
def test_numbers_are_read(value: object, number: float) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize("value", [None, "", "x", "NaN", "inf", "1_0", " 1", True, [], 10**400, float("nan"), "1e999", "9" * 50])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        number_of(value)


@pytest.mark.parametrize("value", ["", None, 5, "btcusdt", "BTC-USDT", "币安USDT", "A" * 31, "BTCUSDT\n"])
def test_what_is_no_name_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="name of a pair"):
        name_of(value)
    assert name_of("1INCHUSDT") == "1INCHUSDT"
