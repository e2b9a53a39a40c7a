import pytest

from tui import words


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0.0, "0"),
        (67123.4, "67,123"),
        (1234567.0, "1,234,567"),
        (3165.0, "3,165.0"),
        (22.025, "22.025"),
        (0.41866, "0.41866"),
        (0.0012345, "0.0012345"),
        (0.00043116, "0.0₃43116"),
        (0.0000098045, "0.0₅98045"),
        (1e-9, "0.0₈1"),
    ],
)
def test_price_has_five_digits_and_counts_the_zeros_of_small_coins(value: float | None, written: str) -> None:
    assert words.price(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "never"),
        (-3, "0s"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3_500, "58m"),
        (7200, "2h"),
        (5_400, "90m"),
        (5_970, "2h"),
        (86_400, "24h"),
        (359_999, "4d"),
        (864_000, "10d"),
    ],
)
def test_age_has_one_unit(seconds: float | None, written: str) -> None:
    assert words.age(seconds) == written


@pytest.mark.parametrize(("value", "written"), [(0.00001, "0.00"), (-0.001, "0.00"), (1234.5, "+1,234.50"), (-0.5, "-0.50")])
def test_what_rounds_to_nothing_has_no_sign(value: float, written: str) -> None:
    assert words.signed(value) == written


@pytest.mark.parametrize(("value", "written"), [(1.72e9, "1.72B"), (513e6, "513M"), (52_300, "52.3k"), (12, "12")])
def test_large_amounts_have_three_digits(value: float, written: str) -> None:
    assert words.large(value) == written


def test_sparkline_shows_the_newest_values_between_least_and_largest() -> None:
    assert words.sparkline([9, 1, 2, 3], 3) == "▁▅█"
    assert words.sparkline([5, 5], 3) == "▄▄"
    assert words.sparkline([], 3) == ""
