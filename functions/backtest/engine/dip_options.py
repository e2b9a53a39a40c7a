"""What a person may ask of a backtest of dip orders in one line.

slots=50, risk=0.18, position=1.5, coins=all, age=1, strength=off
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from functions.backtest.rules import BacktestRules
from functions.errors import InputRejected
from functions.paper.dips import dip_admission
from functions.technical.dips.rules import DIP_LIMITS, DipRules

OPTIONS = {
    "slots": "trades open at once",
    "risk": "percent of equity that a stop may lose",
    "position": "largest cost of a trade, percent of equity",
    "coins": "so many of the largest, or all",
    "age": "least daily candles of a coin",
    "strength": "what Bitcoin must have gained in 30 days, percent, or off",
    "start": "USDT to begin with",
}


def dip_rules(text: str, rules: BacktestRules) -> BacktestRules:
    """Return the rules of a backtest of dip orders: as they were tested, with what the text says in their place.

    Raises:
        InputRejected: an option is unknown, or its value is not one.
    """
    asked = _read(text)
    limits, dips = DIP_LIMITS, DipRules(gate_symbol=rules.score.setups.gate_symbol)
    if "slots" in asked:
        slots = int(_number(asked, "slots"))
        limits = replace(limits, open_trades=slots, open_in_one_direction=slots)
    if "risk" in asked:
        limits = replace(limits, risk=_number(asked, "risk") / 100)
    if "position" in asked:
        limits = replace(limits, position=_number(asked, "position") / 100)
    if "coins" in asked:
        dips = replace(dips, coins=None if asked["coins"] == "all" else int(_number(asked, "coins")))
    if "age" in asked:
        dips = replace(dips, least_days=int(_number(asked, "age")))
    if "strength" in asked:
        dips = replace(dips, strength=None if asked["strength"] == "off" else float(_number(asked, "strength")) / 100)
    start = _number(asked, "start") if "start" in asked else rules.start
    return replace(rules, admission=dip_admission(limits), dips=dips, start=start)


def _read(text: str) -> Mapping[str, str]:
    asked = {}
    for part in (one.strip() for one in text.split(",") if one.strip()):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in OPTIONS or not value:
            raise InputRejected(
                "wrong_option", f"expected --dips like slots=20, strength=off, of {', '.join(OPTIONS)}; got {part!r}"
            )
        asked[name] = value
    return asked


def _number(asked: Mapping[str, str], name: str) -> Decimal:
    try:
        number = Decimal(asked[name])
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise InputRejected("wrong_option", f"expected {name} ({OPTIONS[name]}) above 0, got {asked[name]!r}")
    return number
