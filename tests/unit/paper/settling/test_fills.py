"""Every fill of the tables, the plain way and by the search for the first touch."""

import pytest

from functions.paper.settling.booking import Settlement
from functions.paper.settling.position import Exit, Position
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import Found, Paths, Touches, Trades, first_touches, moment_of
from tests.unit.paper.settling.fills import EXITS, TABLE, WAITING
from tests.unit.paper.settling.tables import FREE, START, candles, grid, held, leaving, shown

CASES = [(name, side, levels, "", run, fills) for name, side, levels, run, fills in TABLE] + EXITS


def search(position: Position, run: str, leaves: Exit | None) -> Touches:
    """Look for the first touch along one path, from its first candle on."""
    return first_touches(Paths.of(grid(run)), Trades.of([position], [0], [START], leaves=[leaves]))


def listed(fills: str) -> list[str]:
    return [fill for fill in fills.split("; ") if fill]


@pytest.mark.parametrize(("side", "levels", "due", "run", "fills"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_settle(side: str, levels: str, due: str, run: str, fills: str) -> None:
    position, leaves = held(side, levels), leaving(due)
    plain = settle(position, candles(run), FREE, leaves=leaves)
    assert shown(plain.fills) == listed(fills)
    assert plain.position.quantity == 3 - sum(fill.quantity for fill in plain.fills)
    assert search(position, run, leaves).settlement(0, position, FREE, leaves) == plain


@pytest.mark.parametrize(
    ("levels", "due", "run", "fills", "awaited"), [case[1:] for case in WAITING], ids=[case[0] for case in WAITING]
)
def test_trade_waits_for_a_missing_candle(levels: str, due: str, run: str, fills: str, awaited: str) -> None:
    position, leaves = held("long", levels), leaving(due)
    touches = search(position, run, leaves)
    settlement: Settlement = touches.settlement(0, position, FREE, leaves)
    assert shown(settlement.fills) == listed(fills)
    waits = Found(int(touches.found[0])) is Found.WAITS
    assert (f"{moment_of(int(touches.until[0])):%H:%M}" if waits else "") == awaited


def test_tables_hold_every_rule_in_more_than_fifty_cases() -> None:
    names = [case[0] for case in [*CASES, *WAITING]]
    assert len(set(names)) == len(names) >= 50
