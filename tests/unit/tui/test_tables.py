import re

import pytest

from functions.panes.names import PaneName
from functions.panes.rows import csv_of
from tests.unit.tui import panes
from tui.tables import text_of
from tui.tables.candles import candle_chart
from tui.tables.cells import Cell, CellTable, Column, Line, written
from tui.tables.market import market_table, mood_line
from tui.tables.readiness import plan_table, real_money_table
from tui.tables.signals import SignalsShown, signal_in_full, signals_table
from tui.theme import Colours, Palette
from tui.widgets.curve import Curve, drawn
from tui.words import Tone

WIDE_ENOUGH = 80 - 1  # the scrollbar takes one


@pytest.mark.parametrize("name", list(PaneName))
def test_every_line_of_every_table_fits_80_columns(name: PaneName) -> None:
    lines = text_of(panes.pane(name)).splitlines()
    assert [line for line in lines[2:] if len(line) > WIDE_ENOUGH] == []


@pytest.mark.parametrize("name", list(PaneName))
def test_an_empty_pane_is_text_and_csv_without_rows(name: PaneName) -> None:
    empty = panes.pane(name, empty=True)
    assert text_of(empty)
    assert csv_of(empty) == "" or name is PaneName.READINESS


@pytest.mark.parametrize("name", list(PaneName))
def test_csv_has_a_heading_and_the_moment_in_every_row(name: PaneName) -> None:
    heading, *rows = csv_of(panes.pane(name)).splitlines()
    assert heading.startswith("as_of,")
    assert rows
    assert all(row.startswith(panes.NOW.isoformat()) for row in rows)


def test_an_hour_later_the_same_candles_are_an_hour_older() -> None:
    ages = [market_table(panes.market(late=late)).lines[0].cells[7] for late in (False, True)]
    assert [age.text for age in ages] == ["2m", "2h"]
    assert [age.tone for age in ages] == [Tone.DIM, Tone.LATE]


def test_a_stale_mood_says_so() -> None:
    assert mood_line(panes.market()) == "Fear & Greed 75 24h · BTC share 52.4% 60m · news +0.31 41m"
    assert mood_line(panes.market(late=True)).startswith("Fear & Greed 75 24h! · ")


@pytest.mark.parametrize(
    ("shown", "count"),
    [
        (SignalsShown(), 40),
        (SignalsShown(coin="pepe"), 14),
        (SignalsShown(direction="LONG"), 20),
        (SignalsShown(state="hit_tp"), 8),
        (SignalsShown(least_confidence=0.95), 6),
        (SignalsShown(coin="SOL", direction="LONG", state="new"), 1),
    ],
)
def test_filters_of_the_signals(shown: SignalsShown, count: int) -> None:
    assert len(signals_table(panes.signals(), shown).lines) == count


def test_a_signal_in_full_has_its_plan_and_its_reasons() -> None:
    text = "\n".join(signal_in_full(panes.signal(3)))
    for said in ("SOLUSDT SHORT 15m", "Score 72", "Entry 155.23", "152.12  149.01  142.79", "EMA50 and EMA200", "✗ SL"):
        assert said in text


def test_sorting_puts_numbers_before_what_is_not_known_and_keeps_equal_rows_in_order() -> None:
    cells = [Cell("2", value=2), Cell("–"), Cell("10", value=10), Cell("2.0", value=2)]
    table = CellTable((Column("n", 5),), tuple(Line(cell.text, (cell,)) for cell in cells))
    assert [line.key for line in table.by(0, descending=False).lines] == ["2", "2.0", "10", "–"]


def test_a_long_text_ends_with_an_ellipsis() -> None:
    table = CellTable((Column("Coin", 6), Column("P", 4, right=True)), (Line("a", (Cell("LONGCOIN"), Cell("1"))),))
    assert written(table) == " Coin    P\n LONG…   1"


def test_up_and_down_differ_in_every_choice_of_colours() -> None:
    for colours in Colours:
        palette = Palette.of(colours)
        assert palette.style(Tone.UP) != palette.style(Tone.DOWN)


def test_a_picture_of_candles_has_a_column_a_candle_and_a_line_a_level() -> None:
    lines = ["".join(text for text, _ in line) for line in candle_chart(panes.one_signal(3), 90, 20)]
    assert len(lines) == 20
    assert [line.split()[-2:] for line in lines if "┄" in line] == [
        ["stop", "158.34"], ["entry", "155.23"], ["TP1", "152.12"], ["TP2", "149.01"], ["TP3", "142.79"],
    ]  # fmt: skip
    assert lines[-1].index("▲") == 33  # of the 74 newest of 80 candles the 40th of all


@pytest.mark.parametrize(("candles", "width", "height"), [(0, 90, 20), (80, 10, 20), (80, 90, 3)])
def test_without_candles_or_room_there_is_no_picture(candles: int, width: int, height: int) -> None:
    assert candle_chart(panes.one_signal(3, candles=candles), width, height) == []


def test_readiness_says_what_is_asked_what_lacks_and_when_it_is_known() -> None:
    rows = {line.key: [cell.text for cell in line.cells] for line in plan_table(panes.readiness()).lines}
    assert rows["profit_factor"] == ["Profit factor", "1.45", "> 1.50", "~ minimum", "0.05", "42 trades", "11%", ">10y"]
    assert rows["signals_a_day"][2] == "3 to 10"
    assert [line.cells[2].text for line in real_money_table(panes.readiness()).lines] == [
        "≥ 28", "> 99.00%", "> 1.30", "< 15.0%", "≥ 50",
    ]  # fmt: skip


def test_columns_for_free_room_stand_only_where_there_is_room_for_all() -> None:
    table = signals_table(panes.signals(), SignalsShown())
    assert [column.title for column in table.fitting(80).columns][-1] == "State"
    assert [column.title for column in table.fitting(160).columns][-1] == "Ended (UTC)"
    assert {len(line.cells) for line in table.fitting(80).lines} == {11}


@pytest.mark.parametrize(
    ("values", "labels"), [((100.0, 103.2), ["103.2", "100.0"]), ((100.0, 1300.0), ["1,300", "100"]), ((float("nan"),) * 2, [])]
)
def test_a_curve_is_labelled_with_numbers_that_are_read_at_once(values: tuple[float, ...], labels: list[str]) -> None:
    text = drawn([Curve("desk", values)], 60, 10)
    for label in labels:
        assert f"{label}\x1b" in text or f"{label}┤" in text, text
    assert "e" not in re.sub(r"\x1b\[[0-9;]*m", "", text)
