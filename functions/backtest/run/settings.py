"""The rules of a backtest as the settings say: those of the desk."""

from datetime import timedelta

from functions.backtest.rules import BacktestRules
from functions.paper.run.rules import admission_of
from functions.scoring.run.settings import rules_of as score_rules
from functions.settings import Settings
from functions.technical.dips.rules import DipRules


def rules_of(settings: Settings) -> BacktestRules:
    """Return the rules as the settings say."""
    return BacktestRules(
        score=score_rules(settings),
        dips=DipRules(gate_symbol=settings.gate_symbol),
        admission=admission_of(settings),
        start=settings.paper_start,
        costs=settings.costs,
        break_even=settings.paper_break_even,
        allow_short=settings.paper_allow_short,
        hold=timedelta(days=settings.paper_hold_days),
        regime_exit=settings.paper_regime_exit,
    )
