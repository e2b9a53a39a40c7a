"""The rules of the score as the settings say."""

from functions.scoring.rules import FactorWeights, ScoreRules
from functions.settings import Settings
from functions.technical.run.settings import rules_of as setup_rules


def rules_of(settings: Settings) -> ScoreRules:
    """Return the rules as the settings say."""
    return ScoreRules(
        weights=FactorWeights(**settings.factor_weights),
        least_factors=settings.consensus_factors,
        least_confidence=settings.min_confidence_percent / 100,
        cooldown_minutes=settings.cooldown_hours * 60,
        range_limit=settings.range_limit,
        setups=setup_rules(settings),
    )
