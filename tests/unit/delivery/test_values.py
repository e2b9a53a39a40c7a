"""Numbers and spans of time at the edges of what is taken."""

from datetime import timedelta
from decimal import Decimal

import pytest

from functions.delivery.inbox.values import UnclearNumber, read_amount, read_percent, read_price, read_span, span_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("999999999999", Decimal(999999999999)),
        ("1000000000000", None),
        ("2000000000000", None),
        ("0.000000000000001", Decimal("1e-15")),
        ("0.0000000000000001", None),
        ("0", None),
        ("1X000", None),
    ],
)
def test_number_between_nothing_and_a_million_millions_with_fifteen_decimals(text: str, value: Decimal | None) -> None:
    assert read_price(text) == read_amount(text) == value


def test_point_before_three_digits_leaves_a_doubt_in_an_amount_alone() -> None:
    assert read_price("1.000") == Decimal(1)
    assert read_amount("1.000") == read_price("1,000") == UnclearNumber(("1000", "1.0000"))


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("+1000%", Decimal(1000)),
        ("+1000.1%", None),
        ("-99.9%", Decimal("-99.9")),
        ("-100%", None),
        ("+0%", None),
        ("5%", None),
    ],
)
def test_percentage_has_a_sign_and_leaves_a_price_above_nothing(text: str, percent: Decimal | None) -> None:
    assert read_percent(text) == percent


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "off"),
        (timedelta(minutes=59), "59m"),
        (timedelta(minutes=60), "1h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=1), "1d"),
        (timedelta(days=30), "30d"),
    ],
)
def test_span_is_written_in_its_largest_whole_unit(span: timedelta, text: str) -> None:
    assert span_text(span) == text
    assert read_span(text) == span


@pytest.mark.parametrize(("text", "span"), [("0", timedelta(0)), ("OFF", timedelta(0)), ("31d", None), ("0m", None), ("5", None)])
def test_span_of_nothing_is_said_as_off_or_zero(text: str, span: timedelta | None) -> None:
    assert read_span(text) == span
