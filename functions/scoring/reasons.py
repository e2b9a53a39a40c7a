"""Why a setup is no signal: a code with its figures for each check, and the English sentence they go into."""

from collections.abc import Mapping

from functions.reasons import Codes, Parameter, Reason, reason
from functions.scoring.filters import Rejection
from functions.technical.setups.reasons import Code as SetupCode
from functions.technical.setups.reasons import gate_reason
from functions.technical.setups.signal import Direction
from functions.technical.setups.verdict import TREND_WORDS


class Code(Codes):
    """Reasons of the score; those that a setup can have as well are `functions.technical.setups.reasons`' own."""

    PAIR_EXCLUDED = "pair_excluded", "{symbol} is no coin to trade: a stablecoin, a currency, a leveraged token or the like"
    GATE_AGAINST = "gate_against", "the gate allows {allowed} alone, by {symbol}'s daily close"
    DAILY_TREND_AGAINST = "daily_trend_against", "the coin's own daily trend is {trend}, and the setup is {direction}"
    DAILY_TREND_UNKNOWN = "daily_trend_unknown", "the coin's own daily trend is not known"
    NO_CONSENSUS = "no_consensus", "{agreeing} of the {limit} factors that have to agree do"
    SCORE_AGAINST = "score_against", "the score of {score:.0f} speaks for the other side of 50"
    SCORE_UNKNOWN = "score_unknown", "there is no score: nothing that is measured is known"
    CONFIDENCE_LOW = "confidence_low", "confidence is {confidence:.0%}, less than {limit:.0%}"
    TEXT_AGAINST = "text_against", "news say {text:+.1f} and the trends {technical:+.1f}: they contradict each other"
    RANGE_TOO_WIDE = "range_too_wide", "prices range {range_ratio:.1f} times as far as usual, more than {limit:.1f}"
    RANGE_UNKNOWN = "range_unknown", "how far prices range usually is not known"
    COOLDOWN = "cooldown", "the last signal of {symbol} came {minutes:.0f} minutes ago, less than {limit:.0f}"


Figures = Mapping[str, float | None]


def rejection_reason(check: Rejection, figures: Figures, *, symbol: str, direction: int, gate_symbol: str) -> Reason:
    """Return why one check failed.

    Args:
        check: one of `Rejection`.
        figures: the numbers it was decided by, as `functions.scoring.filters.figures` returns them.
        symbol: of the setup.
        direction: of the setup, +1 or -1.
        gate_symbol: whose daily close is the gate.
    """
    known = {name: figure for name, figure in figures.items() if figure is not None}
    if unknown := _unknown(check, known):
        return reason(unknown)
    match check:
        case Rejection.PAIR_EXCLUDED:
            return reason(Code.PAIR_EXCLUDED, symbol=symbol)
        case Rejection.GATE_UNKNOWN:
            return reason(SetupCode.GATE_UNKNOWN, symbol=gate_symbol)
        case Rejection.GATE_CLOSED:
            return _gate(gate_symbol, int(known["regime"]))
        case Rejection.TREND_AGAINST:
            side = Direction.of(direction).value
            return reason(Code.DAILY_TREND_AGAINST, trend=TREND_WORDS[int(known["daily_trend"])], direction=side)
        case Rejection.NO_CONSENSUS:
            return reason(Code.NO_CONSENSUS, agreeing=int(known["agreeing"]), limit=int(known["limit"]))
        case Rejection.COST_TOO_HIGH:
            return reason(SetupCode.COST_TOO_HIGH, cost=round(known["cost"], 4), limit=known["limit"])
        case Rejection.RISK_REWARD_TOO_LOW:
            return reason(SetupCode.RISK_REWARD_TOO_LOW, ratio=round(known["risk_reward"], 4), least=known["limit"])
        case Rejection.COOLDOWN:
            return reason(Code.COOLDOWN, symbol=symbol, minutes=known["minutes_since_signal"], limit=known["limit"])
        case _:
            numbers: dict[str, Parameter] = {name: round(figure, 4) for name, figure in known.items()}
            return reason(Code[str(check.name)], **numbers)


def _unknown(check: Rejection, known: Mapping[str, float]) -> Code | None:
    """Return the reason of a check that failed because its figure is not known; None when it is."""
    figure, code = {
        Rejection.TREND_AGAINST: ("daily_trend", Code.DAILY_TREND_UNKNOWN),
        Rejection.SCORE_AGAINST: ("score", Code.SCORE_UNKNOWN),
        Rejection.RANGE_TOO_WIDE: ("range_ratio", Code.RANGE_UNKNOWN),
    }.get(check, ("", None))
    return None if figure in known else code


def _gate(symbol: str, regime: int) -> Reason:
    if regime == 0:
        return gate_reason(symbol, 0)
    return reason(Code.GATE_AGAINST, symbol=symbol, allowed=Direction.of(regime).value)
