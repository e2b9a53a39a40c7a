"""The rules of setups as the settings say."""

from functions.settings import Settings
from functions.technical.setups.rules import SetupRules


def rules_of(settings: Settings) -> SetupRules:
    """Return the rules as the settings say."""
    return SetupRules(
        gate_symbol=settings.gate_symbol,
        targets_r=settings.targets_r,
        limits=settings.limits,
        costs=settings.costs,
        short_allowed=settings.paper_allow_short,
    )
